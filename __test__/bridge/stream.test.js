'use strict'

const net = require('node:net')
const { once } = require('node:events')
const { Duplex } = require('node:stream')
const { newClient, openClient, openPool, failureOf } = require('../support/connections')
const { sharedServer } = require('../support/server')
const { SocketStream } = require('../support/socket-stream')
const { settles, until } = require('../support/until')

const one = async (client) => (await client.query('SELECT 1 AS one')).rows

test('a stream serves one client: a second one is told so, and the first goes on', async () => {
  const stream = new SocketStream()
  const first = await openClient({ stream })
  const { message } = await failureOf(newClient({ stream }).connect())
  expect(message).toContain('The stream is used by another client already')
  expect(await one(first)).toEqual([{ one: 1 }])
})

test('a pool with one stream for all has one session, and says why there is no second', async () => {
  const pool = openPool({ stream: new SocketStream(), max: 2 })
  const client = await pool.connect()
  const { message } = await failureOf(pool.connect())
  expect(message).toContain('Give a function that makes one for each client')
  expect(await one(client)).toEqual([{ one: 1 }])
  client.release()
})

test.each([
  ['an object', {}],
  ['a factory that gives nothing', () => undefined],
  ['a factory that gives a promise', async () => new SocketStream()],
])('%s is no stream, which connect() says', async (_, stream) => {
  const { name, message } = await failureOf(newClient({ stream }).connect())
  expect([name, message]).toEqual([
    'TypeError',
    'The option "stream" must be a Duplex stream, or a function that returns one at once',
  ])
})

test('a socket that is connected already is used as it is', async () => {
  const { host, port } = sharedServer().config
  const stream = net.connect(port, host)
  await once(stream, 'connect')
  expect(await one(await openClient({ stream }))).toEqual([{ one: 1 }])
})

test('a socket whose connect() was made harmless is awaited, as connectors do it', async () => {
  const { host, port } = sharedServer().config
  const stream = () => {
    const socket = net.connect(port, host)
    socket.connect = () => socket
    return socket
  }
  expect(await one(await openClient({ stream }))).toEqual([{ one: 1 }])
})

test('a Duplex without connect() is connected', async () => {
  const { host, port } = sharedServer().config
  const socket = net.connect(port, host)
  await once(socket, 'connect')
  const stream = Duplex.from({ readable: socket, writable: socket })
  const client = await openClient({ stream })
  expect(await one(client)).toEqual([{ one: 1 }])
})

test('a stream that gives text instead of bytes is an error of connect()', async () => {
  const stream = new SocketStream()
  stream.setEncoding('latin1')
  const { message } = await failureOf(newClient({ stream }).connect())
  expect(message).toContain('The stream gave something else than bytes')
  expect(stream.destroyed).toBe(true)
})

test('a stream that lets go of everything at once is no hang', async () => {
  const stream = new Duplex({ read() {}, write: (chunk, encoding, callback) => callback() })
  stream.push(null)
  stream.resume()
  const { message } = await settles('connect()', failureOf(newClient({ stream }).connect()))
  expect(message).toBe('Connection terminated unexpectedly')
})

test('a factory that throws fails the checkout, frees its slot, and the next one works', async () => {
  let calls = 0
  const pool = openPool({
    max: 1,
    stream() {
      calls += 1
      if (calls === 1) throw new RangeError('no tunnel')
      return new SocketStream()
    },
  })
  expect(await failureOf(pool.query('SELECT 1'))).toMatchObject({ message: 'no tunnel' })
  expect([pool.totalCount, pool.waitingCount]).toEqual([0, 0])
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  expect(calls).toBe(2)
})

test('named statements, transactions, notifications and errors work as over a socket of our own', async () => {
  const client = await openClient({ stream: () => new SocketStream() })
  const heard = once(client, 'notification')
  await client.query('LISTEN bridge')
  const named = { name: 'sum', text: 'SELECT $1::int + $2::int AS sum' }
  expect((await client.query({ ...named, values: [1, 2] })).rows).toEqual([{ sum: 3 }])
  expect((await client.query({ ...named, values: [3, 4] })).rows).toEqual([{ sum: 7 }])
  await client.query('BEGIN')
  expect(await failureOf(client.query('SELECT 1/0'))).toMatchObject({ code: '22012' })
  await until('the transaction has failed', () => client.getTransactionStatus() === 'E')
  await client.query('ROLLBACK')
  await client.query("NOTIFY bridge, 'over it'")
  expect((await heard)[0]).toMatchObject({ channel: 'bridge', payload: 'over it' })
})

test('a pool closes the streams of idle sessions, and rolls back what a borrower left', async () => {
  const streams = []
  const make = () => {
    streams.push(new SocketStream())
    return streams.at(-1)
  }
  const pool = openPool({ max: 1, idleTimeoutMillis: 50, stream: make })
  const client = await pool.connect()
  await client.query('BEGIN')
  client.release()
  const again = await pool.connect()
  expect(again).toBe(client)
  expect((await again.query('SELECT now() = statement_timestamp() AS fresh')).rows).toEqual([{ fresh: true }])
  const closed = once(streams[0], 'close')
  again.release()
  await closed
  expect(streams).toHaveLength(1)
})

test('unix sockets work over a socket of Node, too', async () => {
  const { socketDir } = sharedServer()
  expect(await one(await openClient({ host: socketDir, stream: () => new net.Socket() }))).toEqual([
    { one: 1 },
  ])
})

test('a stream whose write() throws fails the query and ends the session, and nothing else', async () => {
  const stream = new SocketStream()
  const client = await openClient({ stream })
  const lost = once(client, 'error')
  stream.write = () => {
    throw new RangeError('no write today')
  }
  expect((await failureOf(client.query('SELECT 1'))).message).toBe('no write today')
  expect((await lost)[0].message).toBe('no write today')
  client.on('error', () => {})
  await settles('end()', client.end())
  expect(stream.destroyed).toBe(true)
})

test('a stream whose end() throws ends all the same', async () => {
  const stream = new SocketStream()
  const client = await openClient({ stream })
  stream.end = () => {
    throw new RangeError('no end today')
  }
  client.on('error', () => {})
  await settles('end()', client.end())
  expect(stream.destroyed).toBe(true)
})
