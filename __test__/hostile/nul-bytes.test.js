'use strict'

const { openClient, openPool, failureOf } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')

// The protocol ends a statement with a NUL: pg sends it as it is, and the server calls that an invalid message.
onlyOxpg('a NUL in the SQL is a clear error, and the next query works', async () => {
  const client = await openClient()
  for (const args of [
    ['SELECT 1\0 AS one'],
    ['SELECT $1::int4\0', [1]],
    ['\0'],
    [{ name: 'n', text: 'SELECT\0 1' }],
  ]) {
    const error = await failureOf(client.query(...args))
    expect(error.message).toMatch(/NUL|null|0x00|\\0|zero byte/i)
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  }
})

onlyOxpg('a NUL in the name of a statement is a clear error, and the next query works', async () => {
  const client = await openClient()
  const error = await failureOf(client.query({ name: 'a\0b', text: 'SELECT 1 AS one' }))
  expect(error.message).toMatch(/NUL|null|0x00|\\0|zero byte/i)
  expect((await client.query({ name: 'ab', text: 'SELECT 1 AS one' })).rows).toEqual([{ one: 1 }])
})

test('a NUL in a text parameter is the error of the server, and the next query works', async () => {
  const client = await openClient()
  expect(await failureOf(client.query('SELECT $1::text', ['a\0b']))).toMatchObject({ code: '22021' })
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})

test('a NUL in a bytea parameter is a byte like others', async () => {
  const client = await openClient()
  const bytes = Buffer.from([0, 1, 0, 255, 0])
  expect((await client.query('SELECT $1::bytea AS bytes', [bytes])).rows).toEqual([{ bytes }])
})

onlyOxpg('a NUL in the SQL of pool.query() costs no slot', async () => {
  const pool = openPool({ max: 1 })
  for (let round = 0; round < 5; round++) await failureOf(pool.query('SELECT 1\0'))
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  expect([pool.totalCount, pool.idleCount, pool.waitingCount]).toEqual([1, 1, 0])
})

onlyOxpg('a NUL in user or database is a clear error', async () => {
  for (const option of ['user', 'database', 'application_name']) {
    const error = await failureOf(openPool({ [option]: 'a\0b' }).connect())
    expect(error.message).toMatch(/NUL|null|0x00|\\0|zero byte/i)
  }
})
