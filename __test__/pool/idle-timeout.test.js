'use strict'

const { openPool, sessionsOf } = require('../support/connections')
const { nextEvent, until } = require('../support/until')

test('an idle session is closed after idleTimeoutMillis, here and on the server', async () => {
  const pool = openPool({ idleTimeoutMillis: 20 })
  const client = await pool.connect()
  const removed = nextEvent(pool, 'remove')
  client.release()
  expect((await removed)[0]).toBe(client)
  expect([pool.totalCount, pool.idleCount]).toEqual([0, 0])
  await until('the server has no session of the pool', async () => (await sessionsOf(pool)).length === 0)
})

test('idleTimeoutMillis 0 keeps a session that another pool would have closed', async () => {
  const keeping = openPool({ idleTimeoutMillis: 0 })
  await keeping.query('SELECT 1')
  const closing = openPool({ idleTimeoutMillis: 20 })
  await closing.query('SELECT 1')
  await until('the other pool has closed its session', () => closing.totalCount === 0)
  expect([keeping.totalCount, keeping.idleCount]).toEqual([1, 1])
})

test('a session in use is not idle, however long its checkout lasts', async () => {
  const pool = openPool({ idleTimeoutMillis: 20 })
  const busy = await pool.connect()
  const other = await pool.connect()
  other.release()
  await until('the idle one is closed', () => pool.totalCount === 1)
  expect((await busy.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  busy.release()
})
