'use strict'

const { spawn } = require('node:child_process')

/**
 * Runs a Node program to its end: `{ code, signal, stdout, stderr }`. One that has not ended by the deadline is killed
 * and makes the promise reject with what it printed, since "does not exit by itself" is what the tests look for.
 */
function runProgram(file, { nodeArgs = [], args = [], env = {}, deadline = 20_000 } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...nodeArgs, file, ...args], {
      env: { ...process.env, NODE_OPTIONS: '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let [stdout, stderr, late] = ['', '', false]
    child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text))
    const timer = setTimeout(() => {
      late = true
      child.kill('SIGKILL')
    }, deadline)
    child.once('error', reject)
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      if (late)
        reject(
          new Error(`${file} ${args.join(' ')} was still running after ${deadline} ms\n${stdout}\n${stderr}`)
        )
      else resolve({ code, signal, stdout, stderr })
    })
  })
}

/** Runs `task(index)` for 0..count-1, `width` at a time, and gives all results in order. */
async function inParallel(count, width, task) {
  const results = Array(count)
  let next = 0
  const worker = async () => {
    while (next < count) {
      const index = next++
      results[index] = await task(index)
    }
  }
  await Promise.all(Array.from({ length: width }, worker))
  return results
}

module.exports = { runProgram, inParallel }
