'use strict'

const path = require('node:path')
const { runProgram, inParallel } = require('../support/child')
const { sharedServer } = require('../support/server')
const { until } = require('../support/until')

const PROGRAM = path.join(__dirname, 'programs', 'exits.js')
const EACH = 50 // of four ways to end: 200 processes
const WIDTH = 3
jest.setTimeout(300_000)

const WAYS = [
  ['process.exit(0)', 'exit', 0],
  ['process.exit(7)', 'exitCode', 7],
  ['an uncaught exception', 'throw', 1],
  ['nothing left to do', 'natural', 0],
]

test.each(WAYS)(
  '%s with queries in flight ends a process with its own exit code',
  async (_, way, expected) => {
    const ends = await inParallel(EACH, WIDTH, async (seed) => {
      const end = await runProgram(PROGRAM, { args: [way, String(seed)] })
      return {
        seed,
        code: end.code,
        signal: end.signal,
        stderr: way === 'throw' ? purpose(end.stderr) : end.stderr,
      }
    })
    const stderr = way === 'throw' ? 'on purpose' : ''
    expect(ends).toEqual(ends.map((_, seed) => ({ seed, code: expected, signal: null, stderr })))
  }
)

// Of an uncaught exception Node prints the source and the stack; what else is printed would be ours.
function purpose(stderr) {
  const alien = /panicked|SIG[A-Z]+|fatal|assert|leak/i.test(stderr)
  return stderr.includes('Error: on purpose') && !alien ? 'on purpose' : stderr
}

test('their sessions do not stay on the server', async () => {
  const server = sharedServer()
  await runProgram(PROGRAM, { args: ['exit', '3'] })
  const text = `SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT n, repeat(chr(65), 50)%' AND state = 'active'`
  await until('no query of theirs runs', async () => (await server.query(text)).rowCount === 0)
})
