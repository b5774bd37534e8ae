'use strict'

const { openClient, openPool, failureOf } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')

const numbers = (count) => Array.from({ length: count }, (_, index) => index)
const placeholders = (count) => numbers(count).map((n) => `$${n + 1}::int4`)

test('65,535 parameters, the most that the protocol can count, all arrive', async () => {
  const client = await openClient()
  const values = numbers(65_535)
  const { rows } = await client.query(`SELECT array_length(ARRAY[${placeholders(65_535)}], 1) AS n`, values)
  expect(rows).toEqual([{ n: 65_535 }])
})

// pg lets the count wrap around, and the server sees a message that contradicts itself.
onlyOxpg('70,000 parameters are a clear error, and the next query works', async () => {
  const client = await openClient()
  const error = await failureOf(client.query(`SELECT ARRAY[${placeholders(70_000)}]`, numbers(70_000)))
  expect(error.message).toMatch(/65,?535/)
  expect(error.message).toMatch(/70,?000/)
  expect((await client.query('SELECT $1::int4 AS one', [1])).rows).toEqual([{ one: 1 }])
})

onlyOxpg('70,000 parameters cost no slot of a pool', async () => {
  const pool = openPool({ max: 1 })
  await failureOf(pool.query('SELECT $1::int4', numbers(70_000)))
  expect((await pool.query('SELECT $1::int4 AS one', [1])).rows).toEqual([{ one: 1 }])
  expect([pool.totalCount, pool.waitingCount]).toEqual([1, 0])
})

test('too few and too many values are errors of the server', async () => {
  const client = await openClient()
  expect(await failureOf(client.query('SELECT $1::int4, $2::int4', [1]))).toMatchObject({ code: '08P01' })
  expect(await failureOf(client.query('SELECT $1::int4', [1, 2]))).toMatchObject({ code: '08P01' })
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})
