'use strict'

// MR: thirty pieces of bad input in a row on one client and on a pool of one: each is told what it would be told by
// pg, and after each a good query is served, by whoever has to serve it.

const { parity } = require('./harness')

const throwing = () => {
  throw new RangeError('mine')
}
const circular = {}
circular.self = circular

const calls = [
  ['an empty object', () => [{}]],
  ['half a statement', () => ['select (']],
  ['values that are no array', () => ['select $1', { 0: 1 }]],
  ['an unknown table', () => ['select * from no_such_table']],
  ['too few values', () => ['select $1::int, $2::int', [1]]],
  ['too many values', () => ['select $1::int', [1, 2]]],
  ['a value of the wrong type', () => ['select $1::int', ['one']]],
  ['a circular value', () => ['select $1::json', [circular]]],
  ['a value that throws', () => ['select $1::json', [{ toJSON: throwing }]]],
  ['a big integer in json', () => ['select $1::json', [{ n: 1n }]]],
  ['a name with its text', () => [{ name: 'again', text: 'select 1 as n' }]],
  ['a name with another text', () => [{ name: 'again', text: 'select 2 as n' }], 'same session'],
  ['a named statement that does not parse', () => [{ name: 'broken', text: 'selec' }]],
  ['the same name, now with a text that parses', () => [{ name: 'broken', text: 'select 3 as n' }]],
  ['a parser that throws', () => [{ text: 'select 1 as n', types: { getTypeParser: () => throwing } }]],
  ['an error after rows', () => [{ text: 'select 1/(3 - i) as n from generate_series(1, 5) i' }]],
  ['several statements, the last one bad', () => ['select 1; select 2; select (']],
  ['several statements with values', () => ['select $1::int; select 2', [1]]],
  ['a commit of nothing', () => ['commit']],
  ['COPY from nobody', () => ['create temp table if not exists c(a int); copy c from stdin']],
  ['COPY to nobody', () => ['copy (select 1) to stdout']],
  ['a timeout of the server', () => ["set local statement_timeout = '5ms'; select pg_sleep(5)"]],
  ['a NUL in a value', () => ['select $1::text', ['a\0b']]],
  ['a raise without words', () => ["do $$ begin raise exception ''; end $$"]],
  ['a date that is none', () => ['select $1::timestamptz', [new Date(NaN)]]],
  ['an assertion', () => ['do $$ begin assert false; end $$']],
  ['a cursor that is not there', () => ['fetch 1 from nothing']],
  ['a statement that is not there', () => ['execute nothing']],
  ['a text that is a number', () => [{ text: 5 }]],
  ['a getter that throws', () => [Object.defineProperty({}, 'text', { get: throwing, enumerable: true })]],
  ['nested arrays of unequal length', () => ['select $1::int[]', [[[1, 2], [3]]]]],
  ['only a semicolon and a comment', () => ['; -- nothing']],
]

async function inARow({ outcome, log }, session, which) {
  for (const [what, make] of which) {
    log(what, await outcome(() => session.query(...make())))
    log(
      'then',
      (await session.query('select $1::int as n', [7])).rows,
      (await session.query('select 8 as n')).rows
    )
  }
}

parity('MR: bad input, thirty times in a row, to one client', async (context) => {
  await inARow(context, await context.connect(), calls)
})

// pg's pool makes a new session after each error (DV-1), so what one session remembers is not asked of a pool.
const ofAnySession = calls.filter(([, , where]) => where !== 'same session')

parity('MR: bad input, thirty times in a row, to a pool of one', async (context) => {
  const pool = context.newPool({ max: 1 })
  await inARow(context, pool, ofAnySession)
  await context.until(() => pool.idleCount === 1)
  context.log('counts', pool.totalCount, pool.idleCount, pool.waitingCount)
})

parity('MR: bad input, thirty times in a row, to a watched pool of one', async (context) => {
  const pool = context.newPool({ max: 1 })
  pool.on('acquire', () => {})
  await inARow(context, pool, ofAnySession)
})

parity('MR: bad input, all at once, to one client', async (context) => {
  const client = await context.connect()
  const { outcome, log } = context
  const answers = calls.map(([what, make]) => [what, outcome(() => client.query(...make()))])
  for (const [what, answer] of answers) log(what, await answer)
  log('then', (await client.query('select 8 as n')).rows)
})

parity('MR: bad input, all at once, to a pool of two', async (context) => {
  const pool = context.newPool({ max: 2 })
  const { outcome, log } = context
  // Names are known to one session and not to the other; which of two serves whom is chance.
  const answers = ofAnySession
    .filter(([what]) => !what.includes('name'))
    .map(([what, make]) => [what, outcome(() => pool.query(...make()))])
  for (const [what, answer] of answers) log(what, await answer)
  log('then', (await pool.query('select 8 as n')).rows)
})
