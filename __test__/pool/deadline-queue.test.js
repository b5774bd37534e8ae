'use strict'

const { openPool, failureOf } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')

test('a checkout that waits in the queue for too long rejects and leaves the queue', async () => {
  const pool = openPool({ max: 1, connectionTimeoutMillis: 200 })
  const holder = await pool.connect()
  const error = await failureOf(pool.connect())
  expect(error.message).toBe('timeout exceeded when trying to connect')
  expect([pool.totalCount, pool.waitingCount]).toEqual([1, 0])
  holder.release()
  expect(pool.idleCount).toBe(1)
})

test('pool.query() has the same deadline', async () => {
  const pool = openPool({ max: 1, connectionTimeoutMillis: 200 })
  const holder = await pool.connect()
  const error = await failureOf(pool.query('SELECT 1'))
  expect(error.message).toBe('timeout exceeded when trying to connect')
  holder.release()
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})

test('the client goes to the next waiter when the one before has given up', async () => {
  const pool = openPool({ max: 1, connectionTimeoutMillis: 300 })
  const holder = await pool.connect()
  const early = failureOf(pool.connect())
  await early
  const late = pool.connect()
  holder.release()
  const client = await late
  expect(client).toBe(holder)
  client.release()
})

onlyOxpg('the error says that the time went in the queue', async () => {
  const pool = openPool({ max: 1, connectionTimeoutMillis: 100 })
  const holder = await pool.connect()
  expect(await failureOf(pool.connect())).toMatchObject({ phase: 'queue' })
  holder.release()
})
