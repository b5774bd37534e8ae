'use strict'

const path = require('node:path')
const { openClient, openPool, sessionsOf } = require('../support/connections')
const { runProgram } = require('../support/child')
const { SocketStream } = require('../support/socket-stream')
const { until } = require('../support/until')

jest.setTimeout(60_000)

test('pool.end() resolves when every stream is closed', async () => {
  const streams = []
  const make = () => {
    streams.push(new SocketStream())
    return streams.at(-1)
  }
  const pool = openPool({ max: 3, stream: make })
  const clients = await Promise.all([pool.connect(), pool.connect(), pool.connect()])
  clients.forEach((client) => client.release())
  await pool.end()
  expect(streams.map((stream) => stream.closed)).toEqual([true, true, true])
})

test('client.end() says goodbye to the server', async () => {
  const client = await openClient({ stream: new SocketStream() })
  await client.end()
  await until('the server has forgotten the session', async () => (await sessionsOf(client)).length === 0)
})

test('end() behind a query over a slow stream waits for nothing but the stream', async () => {
  const stream = new SocketStream({ pace: () => new Promise((resolve) => setImmediate(resolve)) })
  const client = await openClient({ stream })
  await client.query("SELECT repeat('x', 1000000)")
  await client.end()
  expect(stream.closed).toBe(true)
})

const PROGRAM = path.join(__dirname, 'programs', 'exits.js')
const BY_ITSELF = [
  'client.end',
  'client.unref',
  'pool.end',
  'allowExitOnIdle',
  'failed connect',
  'idle timeout',
]

test.each(BY_ITSELF)('a process with sessions over streams exits by itself after: %s', async (way) => {
  const end = await runProgram(PROGRAM, { args: [way] })
  expect(end).toEqual({ code: 0, signal: null, stdout: 'done\n', stderr: '' })
})

test('an open client over a stream keeps the process', async () => {
  const end = await runProgram(PROGRAM, { args: ['staying'] })
  expect(end).toEqual({ code: 3, signal: null, stdout: 'done\nstill here\n', stderr: '' })
})

test.each(['process.exit', 'worker'])('sessions over streams survive nothing: %s', async (way) => {
  for (let seed = 0; seed < 5; seed++) {
    const end = await runProgram(PROGRAM, { args: [way, String(seed)] })
    expect(end).toEqual({ code: 0, signal: null, stdout: 'done\n', stderr: '' })
  }
})
