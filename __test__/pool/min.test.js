'use strict'

const { openPool } = require('../support/connections')
const { until } = require('../support/until')

async function fill(pool, count) {
  const clients = await Promise.all(Array.from({ length: count }, () => pool.connect()))
  for (const client of clients) client.release()
}

test('idle sessions are not closed below min', async () => {
  const pool = openPool({ max: 4, min: 2, idleTimeoutMillis: 20 })
  await fill(pool, 4)
  await until('two are left', () => pool.totalCount === 2)
  // A pool without a minimum loses all of its sessions in the time in which this one must keep two.
  const without = openPool({ max: 4, idleTimeoutMillis: 20 })
  await fill(without, 4)
  await until('none is left', () => without.totalCount === 0)
  expect([pool.totalCount, pool.idleCount]).toEqual([2, 2])
})

test('min does not open sessions ahead of need', async () => {
  const pool = openPool({ min: 2 })
  expect(pool.totalCount).toBe(0)
  await pool.query('SELECT 1')
  expect(pool.totalCount).toBe(1)
})
