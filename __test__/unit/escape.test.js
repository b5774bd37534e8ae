'use strict'

const pg = require('pg/lib/utils')
const oxpg = require('../../lib/utils')
const { expectSame } = require('./compare')

const TEXTS = [
  '',
  'plain',
  'with "double" quotes',
  "with 'single' quotes",
  'with \\ backslash',
  "all ' \" \\ at once \\'",
  'new\nline',
  'nul\0byte',
  'ünïcödé 🐘',
  'lone \ud800',
]
const NO_TEXTS = [null, undefined, 0, 5, true, {}, [], ['a'], Symbol('s'), new String("s'")]

test.each(TEXTS)('E-10, E-11: %j is quoted as pg quotes it', (text) => {
  expectSame(pg, oxpg, (utils) => utils.escapeIdentifier(text))
  expectSame(pg, oxpg, (utils) => utils.escapeLiteral(text))
})

test.each(NO_TEXTS.map((value) => [value]))('E-10, E-11: %p, which is no string, ends as in pg', (value) => {
  expectSame(pg, oxpg, (utils) => utils.escapeLiteral(value))
  expectSame(pg, oxpg, (utils) => utils.escapeIdentifier(value))
})

test('E-11: a backslash asks for the escape form, with a space before it', () => {
  expect(oxpg.escapeLiteral("C:\\it's")).toBe(" E'C:\\\\it''s'")
})

test('E-12: the module exports the four functions of pg in its order', () => {
  expect(Object.keys(oxpg)).toEqual(Object.keys(pg))
})
