'use strict'

const { openPool } = require('../support/connections')

const MESSAGE = 'Release called on client which has already been released to the pool.'

test('a second release throws, every time', async () => {
  const pool = openPool()
  const client = await pool.connect()
  client.release()
  expect(() => client.release()).toThrow(MESSAGE)
  expect(() => client.release(true)).toThrow(MESSAGE)
  expect([pool.totalCount, pool.idleCount]).toEqual([1, 1])
})

test("an earlier checkout's release cannot give away the client of a later one", async () => {
  const pool = openPool({ max: 1 })
  const stale = await new Promise((resolve) => pool.connect((error, client, release) => resolve(release)))
  stale()
  const client = await pool.connect()
  expect(stale).toThrow(MESSAGE)
  expect(pool.idleCount).toBe(0)
  client.release()
  expect(pool.idleCount).toBe(1)
})
