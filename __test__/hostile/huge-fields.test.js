'use strict'

const os = require('node:os')
const { openClient, openPool, failureOf } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')
const { testUnless } = require('../support/obstacle')

const MIB = 1024 * 1024
jest.setTimeout(120_000)

test('a field of 256 MB arrives whole', async () => {
  const client = await openClient()
  const { rows } = await client.query(
    `SELECT repeat('0123456789abcdef', ${16 * MIB}) AS text, 'after' AS next`
  )
  expect(rows).toHaveLength(1)
  expect(rows[0].next).toBe('after')
  expect(rows[0].text.length).toBe(256 * MIB)
  expect(rows[0].text.slice(-20)).toBe('cdef0123456789abcdef')
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})

test('a field of 32 MB with characters of several bytes arrives whole', async () => {
  const client = await openClient()
  const { rows } = await client.query(`SELECT repeat('a\u00e4\u20ac\u{1f600}', ${3 * MIB}) AS text`)
  expect(rows[0].text.length).toBe(5 * 3 * MIB)
  expect(rows[0].text.endsWith('a\u00e4\u20ac\u{1f600}')).toBe(true)
})

test('a parameter of 64 MB arrives whole', async () => {
  const client = await openClient()
  const text = 'x'.repeat(64 * MIB)
  const { rows } = await client.query('SELECT length($1::text) AS n, md5($1) = md5(repeat($2, $3)) AS same', [
    text,
    'x',
    64 * MIB,
  ])
  expect(rows).toEqual([{ n: 64 * MIB, same: true }])
})

test('a bytea of 64 MB goes and comes whole', async () => {
  const client = await openClient()
  const bytes = Buffer.alloc(64 * MIB, Buffer.from([0, 255, 10, 92]))
  const { rows } = await client.query('SELECT $1::bytea AS bytes', [bytes])
  expect(rows[0].bytes.equals(bytes)).toBe(true)
})

// V8 holds no string of 2^29 characters; pg throws out of its socket handler, past every callback.
const withMemory = testUnless(
  os.totalmem() <= 12 * 1024 * MIB && 'needs a machine with more than 12 GiB of memory',
  onlyOxpg
)

withMemory('a field too long for a JavaScript string is a clear error, and costs no slot', async () => {
  const pool = openPool({ max: 1 })
  const error = await failureOf(pool.query(`SELECT repeat('0123456789', 60000000) AS text`))
  expect(error.message).toMatch(/string|too (long|large|big)|length|limit/i)
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})

test('a value that the server itself cannot hold is its error', async () => {
  const client = await openClient()
  expect(await failureOf(client.query(`SELECT repeat('x', 1100000000)`))).toMatchObject({ code: '54000' })
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})
