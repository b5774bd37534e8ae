'use strict'

const { newClient, openPool, after, failureOf } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')
const { startProxy } = require('../support/proxy')
const { sharedServer } = require('../support/server')
const { until } = require('../support/until')

const { user, database, password } = sharedServer().config

test('a function gives the password when the server asks for it', async () => {
  let asked
  const client = newClient({ password: (parameters) => ((asked = parameters), password) })
  expect(asked).toBeUndefined()
  await client.connect()
  expect(asked).toMatchObject({ user, database })
})

test('an async function gives the password', async () => {
  const client = newClient({ password: async () => password })
  await client.connect()
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})

test('a pool asks for every session anew', async () => {
  let asked = 0
  const pool = openPool({ password: async () => (asked++, password) })
  const clients = await Promise.all([pool.connect(), pool.connect(), pool.connect()])
  for (const client of clients) client.release()
  expect(asked).toBe(3)
})

test('what the function throws is what connect() rejects with', async () => {
  const thrown = new Error('the vault is closed')
  const throwing = () => {
    throw thrown
  }
  expect(await failureOf(newClient({ password: throwing }).connect())).toBe(thrown)
  expect(await failureOf(newClient({ password: async () => throwing() }).connect())).toBe(thrown)
})

// pg-pool wants to write the stack of what it rejects with, which only objects allow.
onlyOxpg.each([
  ['a frozen error', Object.freeze(new Error('as it is'))],
  ['a string', 'in words'],
  ['a symbol', Symbol('reason')],
  ['an object', { reason: 'none' }],
])('%s is what a pool rejects with, too', async (what, thrown) => {
  const pool = openPool({ password: () => Promise.reject(thrown) })
  const reasons = await Promise.allSettled([pool.connect(), pool.query('SELECT 1')])
  expect(reasons.map(({ reason }) => reason === thrown)).toEqual([true, true])
  expect(pool.totalCount).toBe(0)
})

onlyOxpg('a rejection without a reason gets one, in a pool, too', async () => {
  const pool = openPool({ password: () => Promise.reject() })
  const failures = await Promise.all([pool.connect(), pool.query('SELECT 1')].map(failureOf))
  const text = 'The password function failed without a reason'
  expect(failures.map(({ message }) => message)).toEqual([text, text])
})

test('something else than a string is a TypeError', async () => {
  const error = await failureOf(newClient({ password: () => 4711 }).connect())
  expect(error).toBeInstanceOf(TypeError)
  expect(error.message).toBe('Password must be a string')
})

test('a failing function leaks no slot of a pool', async () => {
  const pool = openPool({ max: 2, password: async () => Promise.reject(new Error('the vault is closed')) })
  const errors = await Promise.all(Array.from({ length: 20 }, () => failureOf(pool.query('SELECT 1'))))
  expect(new Set(errors.map((error) => error.message))).toEqual(new Set(['the vault is closed']))
  expect([pool.totalCount, pool.waitingCount]).toEqual([0, 0])
})

// pg keeps the socket open, and with it the process, until the server's authentication_timeout.
onlyOxpg('a failing function leaves no socket open', async () => {
  const proxy = await startProxy(sharedServer())
  after(() => proxy.close())
  const pool = openPool({
    ...proxy.config,
    password: async () => Promise.reject(new Error('the vault is closed')),
  })
  await failureOf(pool.connect())
  expect(proxy.accepted).toBe(1)
  await until('the socket is closed', () => proxy.open === 0, { deadline: 5_000 })
})
