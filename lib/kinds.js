'use strict'

// Which columns the native side may decode: those whose parser is pg-types' own, untouched (TY-5).

const pgTypes = require('pg-types')
const textParsers = require('pg-types/lib/textParsers')
const { NativeEnvironment } = require('./native')

/** How values of a column travel; the numbers are `Kind` in src/wire/kind.rs. */
const KIND = {
  TEXT: 0,
  INT: 1,
  FLOAT: 2,
  BOOL: 3,
  JSON: 4,
  INT_ARRAY: 5,
  FLOAT_ARRAY: 6,
  TEXT_ARRAY: 7,
  BOOL_ARRAY: 8,
  TIMESTAMPTZ: 9,
  TIMESTAMP: 10,
  DATE: 11,
  BYTES: 12,
}

// What pg-types gives for a type it does not know: the text itself.
const asText = pgTypes.getTypeParser(0, 'no such format')

/** oid -> { parser, kind }: the pristine parser, and the kind that stands for it. */
const pristine = new Map()

textParsers.init((oid, parser) => {
  pristine.set(oid, { parser, kind: NativeEnvironment.defaultKind(oid) })
})

// The parser of json is made anew by every `init`, so it is known by what it is: JSON.parse, bound.
for (const oid of [114, 3802]) {
  const parser = pgTypes.getTypeParser(oid, 'text')
  if (parser.name === 'bound parse') pristine.set(oid, { parser, kind: KIND.JSON })
  else pristine.delete(oid)
}

const int8 = pristine.get(20).parser

/** The kind in which a column with this parser may travel. */
function kindOf(oid, parser) {
  const known = pristine.get(oid)
  return known !== undefined && known.parser === parser ? known.kind : KIND.TEXT
}

/** Whether the parser gives back the text that it gets. */
function isIdentity(parser) {
  return parser === asText || parser === int8
}

const ARRAYS = new Set([KIND.INT_ARRAY, KIND.FLOAT_ARRAY, KIND.TEXT_ARRAY, KIND.BOOL_ARRAY])

/** Whether values of this kind are elements of the batch's JSON text. */
function isJson(kind) {
  return kind === KIND.JSON || ARRAYS.has(kind)
}

module.exports = { KIND, kindOf, isIdentity, isJson }
