'use strict'

const { openPool, after, failureOf } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')
const { startFakeServer, messages } = require('../support/fake-server')
const { startProxy } = require('../support/proxy')
const { sharedServer } = require('../support/server')
const { until } = require('../support/until')

const MESSAGE = 'Connection terminated due to connection timeout'

async function proxyInFront() {
  const proxy = await startProxy(sharedServer())
  after(() => proxy.close())
  return proxy
}

test('a server that accepts and never says a word fails the checkout at the deadline', async () => {
  const proxy = await proxyInFront()
  proxy.mute()
  const pool = openPool({ ...proxy.config, connectionTimeoutMillis: 100 })
  const error = await failureOf(pool.connect())
  expect(error.message).toBe(MESSAGE)
  expect(pool.totalCount).toBe(0)
  await until('the attempt is aborted', () => proxy.open === 0)
})

test('a server that stalls in the middle of authentication fails the checkout at the deadline', async () => {
  const proxy = await proxyInFront()
  proxy.stallAfter(10)
  const pool = openPool({ ...proxy.config, connectionTimeoutMillis: 200 })
  const error = await failureOf(pool.query('SELECT 1'))
  expect(error.message).toBe(MESSAGE)
  expect(pool.totalCount).toBe(0)
  await until('the attempt is aborted', () => proxy.open === 0)
})

test('a server that stalls after authentication, before it is ready, fails the checkout at the deadline', async () => {
  const server = await startFakeServer(async (peer) => {
    await peer.startup()
    peer.send(messages.authenticationOk(), messages.parameterStatus('server_version', '18.0'))
    await peer.gone()
  })
  after(() => server.close())
  const pool = openPool({ ...server.config, connectionTimeoutMillis: 100 })
  expect((await failureOf(pool.connect())).message).toBe(MESSAGE)
  await until('the attempt is aborted', () => server.open === 0)
})

test('the slot of a timed-out attempt is free at once for the next checkout', async () => {
  const proxy = await proxyInFront()
  const pool = openPool({ ...proxy.config, max: 1, connectionTimeoutMillis: 2_000 })
  proxy.stallAfter(10)
  const impatient = failureOf(pool.connect())
  await until('the attempt has begun', () => proxy.open === 1)
  await proxy.restoreForNew()
  await impatient
  const client = await pool.connect()
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  client.release()
})

onlyOxpg('the error says that the time went in authentication', async () => {
  const proxy = await proxyInFront()
  proxy.mute()
  const pool = openPool({ ...proxy.config, connectionTimeoutMillis: 100 })
  expect(await failureOf(pool.connect())).toMatchObject({ message: MESSAGE, phase: 'auth' })
})

onlyOxpg('the error says that the time went in the TLS negotiation', async () => {
  const proxy = await proxyInFront()
  proxy.mute()
  const pool = openPool({ ...proxy.config, ssl: true, connectionTimeoutMillis: 100 })
  expect(await failureOf(pool.connect())).toMatchObject({ message: MESSAGE, phase: 'tls' })
})

onlyOxpg('the error says that the time went in a TLS handshake that stalled', async () => {
  const server = await startFakeServer(async (peer) => {
    await peer.sslRequest()
    peer.send(Buffer.from('S'))
    await peer.gone()
  })
  after(() => server.close())
  const pool = openPool({ ...server.config, ssl: true, connectionTimeoutMillis: 100 })
  expect(await failureOf(pool.connect())).toMatchObject({ message: MESSAGE, phase: 'tls' })
  await until('the attempt is aborted', () => server.open === 0)
})
