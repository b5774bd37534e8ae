'use strict'

const { openPool } = require('../support/connections')

test('pool.query() runs a single query and gives the client back by itself', async () => {
  const pool = openPool({ max: 1 })
  const result = await pool.query('SELECT $1::text AS name', ['brianc'])
  expect(result.rows[0].name).toBe('brianc')
  expect([pool.totalCount, pool.idleCount]).toEqual([1, 1])
})

test('pool.query() takes a callback', (done) => {
  const pool = openPool({ max: 1 })
  const returned = pool.query('SELECT $1::text AS name', ['brianc'], (error, result) => {
    expect(error).toBeFalsy()
    expect(result.rows[0].name).toBe('brianc')
    done()
  })
  expect(returned).toBeUndefined()
})

test('more single queries than connections all get their answer', async () => {
  const pool = openPool({ max: 3 })
  const numbers = Array.from({ length: 50 }, (_, index) => index)
  const results = await Promise.all(numbers.map((n) => pool.query('SELECT $1::int4 AS n', [n])))
  expect(results.map((result) => result.rows[0].n)).toEqual(numbers)
  expect(pool.totalCount).toBe(3)
})
