'use strict'

// A-3 under the one deadline of a connect: a password function that takes too long costs no slot, no socket, no memory.

const v8 = require('node:v8')
const vm = require('node:vm')
const { newClient, openPool, after, failureOf } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')
const { startFakeServer, messages } = require('../support/fake-server')
const { startProxy } = require('../support/proxy')
const { sharedServer } = require('../support/server')
const { until } = require('../support/until')

const connectionTimeoutMillis = 200

// A function of its own, whose variables are gone with it.
function rejectWithGarbage(calls) {
  const exception = new Error('late')
  calls.pop().reject(exception)
  return new WeakRef(exception)
}

/** A password function whose first calls settle when the test says so. */
function slowPassword(slowCalls) {
  const calls = []
  const password = () =>
    calls.push(1) <= slowCalls
      ? new Promise((resolve, reject) => calls.splice(-1, 1, { resolve, reject }))
      : sharedServer().config.password
  return { password, calls }
}

async function proxied() {
  const proxy = await startProxy(sharedServer())
  after(() => proxy.close())
  return proxy
}

onlyOxpg('a client whose password function never settles times out, and its socket closes', async () => {
  const proxy = await proxied()
  const { password } = slowPassword(1)
  const client = newClient({ ...proxy.config, password, connectionTimeoutMillis })
  expect(await failureOf(client.connect())).toMatchObject({ message: 'timeout expired', phase: 'auth' })
  await until('the socket is closed', () => proxy.accepted === 1 && proxy.open === 0)
})

onlyOxpg.each([
  ['query', (pool) => pool.query('SELECT 1')],
  ['connect', (pool) => pool.connect()],
])('pool.%s() times out, and the slot is free for the next', async (what, ask) => {
  const proxy = await proxied()
  const { password, calls } = slowPassword(1)
  const pool = openPool({ ...proxy.config, password, max: 1, connectionTimeoutMillis })
  expect(await failureOf(ask(pool))).toMatchObject({
    message: 'Connection terminated due to connection timeout',
    phase: 'auth',
  })
  expect([pool.totalCount, pool.waitingCount]).toEqual([0, 0])
  await until('the socket is closed', () => proxy.open === 0)
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  expect(calls).toHaveLength(2)
})

onlyOxpg('an answer that comes too late changes nothing, whatever it is', async () => {
  const { password, calls } = slowPassword(2)
  const pool = openPool({ password, max: 1, connectionTimeoutMillis })
  for (let n = 0; n < 2; n++) expect(await failureOf(pool.query('SELECT 1'))).toMatchObject({ phase: 'auth' })
  calls[0].resolve('late')
  calls[1].reject(new Error('late'))
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})

onlyOxpg('an exception that comes too late is not kept', async () => {
  const { password, calls } = slowPassword(1)
  await failureOf(newClient({ password, connectionTimeoutMillis }).connect())
  const forgotten = rejectWithGarbage(calls)
  v8.setFlagsFromString('--expose-gc')
  const collect = vm.runInNewContext('gc')
  await until('the exception is garbage', () => {
    collect()
    return forgotten.deref() === undefined
  })
})

// As a token for IAM: valid once.
test('thirty sessions that are opened at once get a token each, made for it', async () => {
  const given = []
  const fake = await startFakeServer(async (peer) => {
    await peer.startup()
    peer.send(messages.authenticationCleartextPassword())
    given.push((await peer.expect('p')).body.toString().replace('\0', ''))
    peer.send(messages.welcome())
    await peer.gone()
  })
  after(() => fake.close())
  let made = 0
  const password = async () => {
    const token = `token-${++made}`
    await new Promise((resolve) => setImmediate(resolve))
    return token
  }
  const pool = openPool({ ...fake.config, password, max: 30 })
  const clients = await Promise.all(Array.from({ length: 30 }, () => pool.connect()))
  expect(made).toBe(30)
  expect(new Set(given).size).toBe(30)
  for (const client of clients) client.release()
})
