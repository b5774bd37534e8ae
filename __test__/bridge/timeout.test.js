'use strict'

const net = require('node:net')
const { Duplex } = require('node:stream')
const { newClient, openPool, failureOf, after } = require('../support/connections')
const { startFakeServer } = require('../support/fake-server')
const { SocketStream } = require('../support/socket-stream')
const { settles, until } = require('../support/until')

const stuck = () => {
  const stream = new SocketStream()
  stream.connect = () => stream
  return stream
}

test('a stream that never connects fails with the phase, and is destroyed', async () => {
  const stream = stuck()
  const client = newClient({ stream, connectionTimeoutMillis: 50 })
  expect(await failureOf(client.connect())).toMatchObject({ message: 'timeout expired', phase: 'tcp' })
  expect(stream.destroyed).toBe(true)
})

test.each([
  ['tls', { rejectUnauthorized: false }],
  ['auth', false],
])('a server that never answers fails with the phase %s', async (phase, ssl) => {
  const server = await startFakeServer((peer) => peer.gone())
  after(() => server.close())
  const options = { ...server.config, ssl, stream: () => new net.Socket(), connectionTimeoutMillis: 500 }
  const failure = failureOf(newClient(options).connect())
  expect(await failure).toMatchObject({ message: 'timeout expired', phase })
  await until('the socket is closed', () => server.open === 0)
})

test('in a pool the deadline covers making the socket, and the slot is free at once', async () => {
  const streams = []
  const pool = openPool({
    max: 1,
    connectionTimeoutMillis: 100,
    stream() {
      streams.push(streams.length === 0 ? stuck() : new SocketStream())
      return streams.at(-1)
    },
  })
  const error = await failureOf(pool.query('SELECT 1'))
  expect(error).toMatchObject({ message: 'Connection terminated due to connection timeout', phase: 'tcp' })
  expect(pool.totalCount).toBe(0)
  await until('the stream is destroyed', () => streams[0].destroyed)
  // The next one has the same deadline, and a busy machine may need several.
  await until('a query is answered', () => pool.query('SELECT 1').then(Boolean, () => false))
})

test('a stream that never says that it is closed keeps nobody waiting for ever', async () => {
  const silent = new Duplex({
    emitClose: false,
    read() {},
    write: (chunk, encoding, callback) => callback(),
    destroy() {}, // nor does it ever call back
  })
  const client = newClient({ stream: silent, connectionTimeoutMillis: 50 })
  expect(await failureOf(client.connect())).toMatchObject({ message: 'timeout expired', phase: 'auth' })
  await settles('end()', client.end())
})
