'use strict'

const { openClient, openPool } = require('../support/connections')

const quoted = (name) => `"${name.replaceAll('"', '""')}"`

const NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '__defineGetter__',
  'quote"d',
  "it's",
  'back\\slash',
  '`${process.exit(1)}`',
  ']; throw new Error("code"); [',
  'line\nbreak',
  '\u2028',
  '*/ // <!--',
  ' ',
  '0',
  '-1',
  'length',
  'await',
  '\u{1f600} na\u00efve',
]

test.each(NAMES)('a column named %j is an own property like any other', async (name) => {
  const client = await openClient()
  const { rows, fields } = await client.query(`SELECT 'value' AS ${quoted(name)}, 1 AS plain`)
  expect(fields.map((field) => field.name)).toEqual([name, 'plain'])
  expect(Object.getPrototypeOf(rows[0])).toBe(Object.prototype)
  expect(Object.hasOwn(rows[0], name)).toBe(true)
  expect(Object.getOwnPropertyDescriptor(rows[0], name).value).toBe('value')
  expect(rows[0].plain).toBe(1)
  expect(Object.keys(rows[0]).sort()).toEqual([name, 'plain'].sort())
})

test('a column named __proto__ pollutes nothing, even when it holds an object', async () => {
  const client = await openClient()
  await client.query(`SELECT '{"polluted": true}'::jsonb AS "__proto__"`)
  expect({}.polluted).toBeUndefined()
})

test('all of them at once, over many rows and over a pool', async () => {
  const pool = openPool()
  const list = NAMES.map((name, index) => `n + ${index} AS ${quoted(name)}`)
  const { rows } = await pool.query(`SELECT ${list} FROM generate_series(1, 500) n`)
  expect(rows).toHaveLength(500)
  const own = (row, name) => Object.getOwnPropertyDescriptor(row, name).value
  expect(rows.every((row, r) => NAMES.every((name, index) => own(row, name) === r + 1 + index))).toBe(true)
})

test('of columns with the same name the last wins, and fields has them all', async () => {
  const client = await openClient()
  const { rows, fields } = await client.query('SELECT 1 AS a, 2 AS b, 3 AS a, 4 AS b, 5 AS a')
  expect(rows).toEqual([{ a: 5, b: 4 }])
  expect(Object.keys(rows[0])).toEqual(['a', 'b'])
  expect(fields.map((field) => field.name)).toEqual(['a', 'b', 'a', 'b', 'a'])
})

test('columns with the same name are all there in array mode', async () => {
  const client = await openClient()
  const { rows } = await client.query({ text: `SELECT 1 AS a, 'x' AS a, NULL AS a`, rowMode: 'array' })
  expect(rows).toEqual([[1, 'x', null]])
})

test('columns without a name are all called ?column?', async () => {
  const client = await openClient()
  const { rows } = await client.query('SELECT 1, 2')
  expect(rows).toEqual([{ '?column?': 2 }])
})

test('hostile keys within json stay data', async () => {
  const client = await openClient()
  const { rows } = await client.query(`SELECT '{"__proto__": {"x": 1}, "constructor": 2}'::json AS doc`)
  expect(Object.hasOwn(rows[0].doc, '__proto__')).toBe(true)
  expect(rows[0].doc.constructor).toBe(2)
  expect({}.x).toBeUndefined()
})
