'use strict'

const { openPool } = require('../support/connections')

test('waiters are served in the order in which they came', async () => {
  const pool = openPool({ max: 1 })
  const holder = await pool.connect()
  const order = []
  const waiters = Array.from({ length: 20 }, async (_, index) => {
    const client = await pool.connect()
    order.push(index)
    client.release()
  })
  expect(pool.waitingCount).toBe(20)
  holder.release()
  await Promise.all(waiters)
  expect(order).toEqual([...order].sort((a, b) => a - b))
  expect(order).toHaveLength(20)
})

test('pool.query() and pool.connect() wait in one queue', async () => {
  const pool = openPool({ max: 1 })
  const holder = await pool.connect()
  // The session itself numbers its users: when their promises resolve says little about who was served first.
  await holder.query('CREATE TEMP SEQUENCE turns')
  const turn = async (queryable) =>
    (await queryable.query("SELECT nextval('turns')::int4 AS turn")).rows[0].turn
  const viaClient = async () => {
    const client = await pool.connect()
    try {
      return await turn(client)
    } finally {
      client.release()
    }
  }
  const turns = [turn(pool), viaClient(), turn(pool), viaClient(), viaClient(), turn(pool)]
  expect(pool.waitingCount).toBe(6)
  holder.release()
  expect(await Promise.all(turns)).toEqual([1, 2, 3, 4, 5, 6])
})
