'use strict'

const { openClient } = require('../support/connections')

const COLUMNS = 1_600 // a table can have no more

test('a row of 1,600 columns arrives whole', async () => {
  const client = await openClient()
  const list = Array.from({ length: COLUMNS }, (_, n) => (n % 2 ? `'t${n}' AS c${n}` : `${n} AS c${n}`))
  const { rows, fields } = await client.query(`SELECT ${list} FROM generate_series(1, 20)`)
  expect(fields).toHaveLength(COLUMNS)
  expect(rows).toHaveLength(20)
  const expected = Object.fromEntries(list.map((_, n) => [`c${n}`, n % 2 ? `t${n}` : n]))
  for (const row of rows) expect(row).toEqual(expected)
})

test('a table of 1,600 columns takes parameters for all of them', async () => {
  const client = await openClient()
  const indexes = Array.from({ length: COLUMNS }, (_, n) => n)
  await client.query(`CREATE TEMP TABLE wide (${indexes.map((n) => `c${n} int4`)})`)
  await client.query(`INSERT INTO wide VALUES (${indexes.map((n) => `$${n + 1}`)})`, indexes)
  const { rows } = await client.query({ text: 'SELECT * FROM wide', rowMode: 'array' })
  expect(rows).toEqual([indexes])
})

test('a row of no columns is an empty object', async () => {
  const client = await openClient()
  const { rows, fields, rowCount } = await client.query('SELECT FROM generate_series(1, 3)')
  expect(fields).toEqual([])
  expect(rowCount).toBe(3)
  expect(rows).toEqual([{}, {}, {}])
})
