'use strict'

const { openPool } = require('../support/connections')

test('a client is checked out, answers a query, and goes back to the pool', async () => {
  const pool = openPool()
  const client = await pool.connect()
  expect([pool.totalCount, pool.idleCount, pool.waitingCount]).toEqual([1, 0, 0])
  const { rows } = await client.query('SELECT $1::text AS name', ['brianc'])
  expect(rows).toEqual([{ name: 'brianc' }])
  client.release()
  expect([pool.totalCount, pool.idleCount, pool.waitingCount]).toEqual([1, 1, 0])
})

test('the next checkout gets the same client and session again', async () => {
  const pool = openPool()
  const first = await pool.connect()
  const { processID } = first
  first.release()
  const second = await pool.connect()
  expect(second).toBe(first)
  expect(second.processID).toBe(processID)
  second.release()
})

test('the callback form hands over the client and its release function', (done) => {
  const pool = openPool()
  pool.connect((error, client, release) => {
    expect(error).toBeUndefined()
    client.query('SELECT $1::int4 + 1 AS next', [41], (error, result) => {
      release()
      expect(error).toBeNull()
      expect(result.rows).toEqual([{ next: 42 }])
      expect(pool.idleCount).toBe(1)
      done()
    })
  })
})

test('a client returned in a finally block is usable after a query failed', async () => {
  const pool = openPool({ max: 1 })
  const use = async (text) => {
    const client = await pool.connect()
    try {
      return await client.query(text)
    } finally {
      client.release()
    }
  }
  await expect(use('SELECT broken')).rejects.toMatchObject({ code: '42703' })
  expect((await use('SELECT 1 AS fine')).rows).toEqual([{ fine: 1 }])
})
