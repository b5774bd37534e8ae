'use strict'

const { openPool } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')
const { settles } = require('../support/until')

// pg never settles the waiters that queue when end() is called (PL-16).
onlyOxpg('waiters that queue when end() is called are served, then the pool ends', async () => {
  const pool = openPool({ max: 1 })
  const holder = await pool.connect()
  const lines = []
  const waiting = [1, 2, 3].map(async (n) => {
    const { rows } = await pool.query('SELECT $1::int4 AS n', [n])
    lines.push(`query ${rows[0].n}`)
  })
  const checkout = pool.connect().then((client) => {
    lines.push('checkout')
    client.release()
  })
  expect(pool.waitingCount).toBe(4)
  const ended = pool.end().then(() => lines.push('ended'))
  holder.release()
  await settles('all of it', Promise.all([...waiting, checkout, ended]))
  expect([...lines].sort()).toEqual(['checkout', 'ended', 'query 1', 'query 2', 'query 3'])
  expect(lines.at(-1)).toBe('ended')
  expect([pool.totalCount, pool.waitingCount]).toEqual([0, 0])
})

test('a checkout that is connecting when end() is called completes', async () => {
  const pool = openPool()
  const connecting = pool.connect()
  const ended = pool.end()
  const client = await connecting
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  client.release()
  await settles('pool.end()', ended)
})
