'use strict'

const path = require('node:path')
const { runProgram } = require('../support/child')

const PROGRAM = path.join(__dirname, 'programs', 'idle-pool.js')
jest.setTimeout(60_000)

// What a process prints that then ends by itself, with code 0 and nothing on stderr.
const WAYS = {
  allowExitOnIdle: 'done\n',
  'allowExitOnIdle busy': 'done\nanswered\n',
  'allowExitOnIdle after unref': 'done\n',
  'allowExitOnIdle and unref while idle': 'done\nanswered\n',
  'pool.end': 'done\n',
  'pool.end after unref': 'done\nanswered\n',
  'pool.end unused': 'done\n',
  'client.end': 'done\n',
  'client.unref': 'done\n',
  'failed connect': '28P01\ndone\n',
  'idle timeout': 'done\n',
  'loaded only': 'done\n',
  'never connected': 'done\n',
}

test.each(Object.entries(WAYS))('a process exits by itself after: %s', async (way, stdout) => {
  const end = await runProgram(PROGRAM, { args: [way] })
  expect(end).toEqual({ code: 0, signal: null, stdout, stderr: '' })
})

test('a process with an idle pool stays, unless it allows to exit', async () => {
  const end = await runProgram(path.join(__dirname, 'programs', 'staying-pool.js'))
  expect(end).toEqual({ code: 3, signal: null, stdout: 'idle\nstill here\n', stderr: '' })
})
