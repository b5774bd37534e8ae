'use strict'

const { openPool, sessionsOf } = require('../support/connections')
const { nextEvent, until } = require('../support/until')

test('an idle session is closed when its lifetime is over', async () => {
  const pool = openPool({ maxLifetimeSeconds: 1, idleTimeoutMillis: 0 })
  const client = await pool.connect()
  const removed = nextEvent(pool, 'remove')
  client.release()
  expect((await removed)[0]).toBe(client)
  expect(pool.totalCount).toBe(0)
  await until('the server has no session of the pool', async () => (await sessionsOf(pool)).length === 0)
})

test('a session in use outlives its lifetime, and is closed when it is released', async () => {
  const pool = openPool({ max: 1, maxLifetimeSeconds: 1 })
  const client = await pool.connect()
  await until('its lifetime is over', () => pool.expiredCount === 1)
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  client.release()
  expect([pool.totalCount, pool.expiredCount]).toEqual([0, 0])
  const next = await pool.connect()
  expect(next.processID).not.toBe(client.processID)
  next.release()
})
