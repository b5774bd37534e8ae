'use strict'

const { openPool, sessionsOf } = require('../support/connections')
const { nextEvent } = require('../support/until')

test('a pool never holds more sessions than max, and the checkout beyond waits', async () => {
  const pool = openPool({ max: 2 })
  const first = await pool.connect()
  const second = await pool.connect()
  const third = pool.connect()
  expect([pool.totalCount, pool.waitingCount]).toEqual([2, 1])
  expect(await sessionsOf(pool)).toHaveLength(2)
  first.release()
  expect(await third).toBe(first)
  expect([pool.totalCount, pool.waitingCount]).toEqual([2, 0])
  second.release()
  first.release()
})

test('a burst of queries stays within max', async () => {
  const pool = openPool({ max: 3 })
  let connected = 0
  pool.on('connect', () => connected++)
  await Promise.all(Array.from({ length: 40 }, () => pool.query('SELECT 1')))
  expect(pool.totalCount).toBe(3)
  expect(connected).toBe(3)
  expect(await sessionsOf(pool)).toHaveLength(3)
})

test('max is 10 unless it is given', async () => {
  const pool = openPool()
  expect(pool.options.max).toBe(10)
  const clients = await Promise.all(Array.from({ length: 10 }, () => pool.connect()))
  const eleventh = pool.connect()
  expect([pool.totalCount, pool.waitingCount]).toEqual([10, 1])
  const acquired = nextEvent(pool, 'acquire')
  clients[4].release()
  expect((await acquired)[0]).toBe(clients[4])
  expect(await eleventh).toBe(clients[4])
  for (const client of clients) client.release()
})
