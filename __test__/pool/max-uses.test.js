'use strict'

const { openPool } = require('../support/connections')

const pidOf = async (pool) => (await pool.query('SELECT pg_backend_pid() AS pid')).rows[0].pid

test('a session is replaced after maxUses checkouts', async () => {
  const pool = openPool({ max: 1, maxUses: 2 })
  const pids = []
  for (let i = 0; i < 6; i++) pids.push(await pidOf(pool))
  const [a, b, c] = [pids[0], pids[2], pids[4]]
  expect(pids).toEqual([a, a, b, b, c, c])
  expect(new Set(pids).size).toBe(3)
})

test('the release that reaches maxUses takes the client out of the counts at once', async () => {
  const pool = openPool({ max: 1, maxUses: 1 })
  const client = await pool.connect()
  expect(pool.totalCount).toBe(1)
  client.release()
  expect([pool.totalCount, pool.idleCount]).toEqual([0, 0])
})

test('a waiter gets a new session when maxUses retires the one it waited for', async () => {
  const pool = openPool({ max: 1, maxUses: 1 })
  const first = await pool.connect()
  const waiting = pool.connect()
  first.release()
  const second = await waiting
  expect(second).not.toBe(first)
  expect(second.processID).not.toBe(first.processID)
  second.release()
})
