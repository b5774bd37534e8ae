'use strict'

// Bad input, one piece at a time: what the caller is told, and that the next query on the same client or pool works.

const { parity } = require('./harness')

const throwing = (error) => ({
  toPostgres() {
    throw error
  },
})
const circular = {}
circular.self = circular
const endless = {
  toPostgres() {
    return this
  },
}

const bad = [
  ['nothing at all', () => []],
  ['null', () => [null]],
  ['false', () => [false]],
  ['an empty object', () => [{}]],
  ['an empty list', () => [[]]],
  ['a date', () => [new Date(0)]],
  ['a callback that is none', () => ['select 1', [], 'no callback']],
  ['a callback in the config that is none', () => [{ text: 'select 1', callback: 5 }]],
  ['values that are a text', () => ['select $1', 'x']],
  ['values that are a number', () => ['select $1', 5]],
  ['values that are a map', () => ['select $1', new Map([[0, 1]])]],
  ['a circular object', () => ['select $1::json', [circular]]],
  ['a big integer inside json', () => ['select $1::json', [{ n: 1n }]]],
  ['an endless toPostgres', () => ['select $1', [endless]]],
  ['a value whose toPostgres throws', () => ['select $1', [throwing(new RangeError('mine'))]]],
  ['a value whose toJSON throws', () => ['select $1', [{ toJSON() { throw new RangeError('mine') } }]]], // prettier-ignore
  ['a value in an array that throws', () => ['select $1', [[throwing(new RangeError('mine'))]]]],
  ['a buffer in an array, as text', () => ['select $1::text[]', [[Buffer.from('x')]]]],
  ['a symbol', () => ['select $1::text as s', [Symbol('s')]]],
  ['a function as a value', () => ['select $1::text as f', [function f() {}]]],
  ['half a pair of surrogates', () => ['select $1::text as t', ['\ud800']]],
  ['json that is none, by a parser of its own', () => [{ text: "select '{' as j", types: { getTypeParser: () => JSON.parse } }]], // prettier-ignore
  ['a config whose text getter throws', () => [{ get text() { throw new RangeError('mine') } }]], // prettier-ignore
  ['a portal that is there', () => [{ text: 'select $1::int as n', values: [1], portal: 'p' }]],
  ['half a statement', () => ['select (']],
  ['a text that ends in a string', () => ["select 'x"]],
  ['a rollback of nothing', () => ['rollback']],
  ['a cursor that is not there', () => ['fetch from nowhere']],
  ['a row mode that is an object', () => [{ text: 'select 1 as n', rowMode: { array: true } }]],
]

// Runs outside of a transaction, and tells the errors of the call from those of its promise.
async function run(context, session, make) {
  const { outcome } = context
  return [
    await outcome(() => session.query(...make())),
    (await session.query('select 1 as n')).rows,
    (await session.query('select $1::int as n', [2])).rows,
  ]
}

// pg throws out of pool.query's checkout, or never answers, where a client is told what is wrong.
const clientOnly = new Set(['nothing at all', 'null', 'false', 'a callback that is none'])

parity.each(bad)(
  ([what]) => `bad input to a client: ${what}`,
  async (context, [, make]) => run(context, await context.connect(), make)
)

parity.each(bad.filter(([what]) => !clientOnly.has(what)))(
  ([what]) => `bad input to a pool: ${what}`,
  (context, [, make]) => run(context, context.newPool({ max: 1 }), make)
)
