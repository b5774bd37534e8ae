'use strict'

const { openClient } = require('../support/connections')

const HIGH = '\ud83d'
const LOW = '\ude00'
const REPLACED = '\ufffd'
const hexOf = (text) => Buffer.from(text).toString('hex')

test.each([
  ['a high one alone', HIGH],
  ['a low one alone', LOW],
  ['the two in the wrong order', LOW + HIGH],
  ['one at the end of a long text', 'x'.repeat(5_000) + HIGH],
  ['one among whole characters', `a\u00e4\u20ac\u{1f600}${HIGH}z`],
])('%s, as a parameter, is stored as U+FFFD', async (_, text) => {
  const client = await openClient()
  const { rows } = await client.query(
    "SELECT $1::text AS text, encode(convert_to($1, 'UTF8'), 'hex') AS hex",
    [text]
  )
  const expected = text.toWellFormed?.() ?? Buffer.from(text).toString()
  expect(expected).toContain(REPLACED)
  expect(rows).toEqual([{ text: expected, hex: hexOf(expected) }])
})

test('in the text of a statement it is U+FFFD too', async () => {
  const client = await openClient()
  const { rows } = await client.query(`SELECT '${HIGH}' AS text, $1::int4 AS n`, [1])
  expect(rows).toEqual([{ text: REPLACED, n: 1 }])
  expect((await client.query(`SELECT 'a${LOW}b' AS text`)).rows).toEqual([{ text: `a${REPLACED}b` }])
})

test('a whole pair arrives as it is, at any place in a text', async () => {
  const client = await openClient()
  for (const length of [0, 1, 29, 30, 31, 32, 33, 4_095, 4_096, 8_191, 16_384, 65_535]) {
    const text = 'x'.repeat(length) + HIGH + LOW + 'y'
    expect((await client.query('SELECT $1::text AS text', [text])).rows).toEqual([{ text }])
  }
})
