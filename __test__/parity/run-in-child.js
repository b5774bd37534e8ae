'use strict'

// Runs one case of a test file on one side in a Node process of its own. The child loads the very test file under a
// few stand-ins for jest's globals, finds the case by its name and prints the observation.

const { execFile } = require('child_process')
const v8 = require('v8')

const MARK = 'observation:'

function observeInChild(name, side, env) {
  const file = expect.getState().testPath
  const options = { env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024, timeout: 20000 }
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [__filename, file, name, side], options, (error, stdout, stderr) => {
      const line = stdout.split('\n').find((text) => text.startsWith(MARK))
      // A child that had to be killed did not exit by itself, whatever it has printed.
      if (line && !error) resolve(v8.deserialize(Buffer.from(line.slice(MARK.length), 'base64')))
      else
        reject(new Error(`the child for ${side} gave no observation (${error?.message})\n${stdout}${stderr}`))
    })
  })
}

async function main([file, name, side]) {
  const nothing = () => {}
  const group = (title, body) => body()
  Object.assign(global, { test: nothing, describe: group, expect: nothing })
  Object.assign(global, { beforeAll: nothing, afterAll: nothing, beforeEach: nothing, afterEach: nothing })
  const { cases, observe } = require('./harness')
  require(file)
  const observation = await observe(cases.get(name), side)
  process.stdout.write(`\n${MARK}${v8.serialize(observation).toString('base64')}\n`)
}

if (require.main === module) {
  main(process.argv.slice(2)).catch((error) => {
    process.stderr.write(`${error.stack}\n`)
    process.exitCode = 1
  })
}

module.exports = { observeInChild }
