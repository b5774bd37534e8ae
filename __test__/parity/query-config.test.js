'use strict'

// Catalogue 2.11 and 2.12: the keys of a query config, and what the choice of protocol lets a user see.

const { parity } = require('./harness')

const configs = [
  ['a text of null and a name', { name: 'null-text', text: null }],
  ['an empty text and a name', { name: 'empty-text', text: '' }],
  ['a text of null', { text: null }],
  ['an empty name', { name: '', text: 'select 1 as n; select 2 as n' }],
  ['a name of null', { name: null, text: 'select 1 as n; select 2 as n' }],
  ['a name with odd characters', { name: 'a "b" \'c\' é', text: 'select 1 as n' }],
  ['a name of 63 characters', { name: 'n'.repeat(63), text: 'select 1 as n' }],
  ['values of null', { text: 'select 1 as a; select 2 as b', values: null }],
  ['values of undefined', { text: 'select 1 as a; select 2 as b', values: undefined }],
  ['values that are an empty string', { text: 'select 1 as a; select 2 as b', values: '' }],
  ['values that are an empty object', { text: 'select 1 as a; select 2 as b', values: {} }],
  ['a row mode that is not array', { text: 'select 1 as a', rowMode: 'ARRAY' }],
  ['a row mode of null', { text: 'select 1 as a', rowMode: null }],
  ['a portal of its own', { text: 'select $1::int as n', values: [1], portal: 'own portal' }],
  ['types of null', { text: 'select 1 as a', types: null }],
  ['queryMode extended and no rows', { text: "set local work_mem = '4MB'", queryMode: 'extended' }],
  ['queryMode extended and an empty text', { text: '', queryMode: 'extended' }],
  ['queryMode extended and a text of null', { text: null, queryMode: 'extended' }],
  ['values and an empty text', { text: '', values: [1] }],
  ['a query timeout that is long enough', { text: 'select 1 as n', query_timeout: 5000 }],
]

parity.each(configs)(
  ([what]) => `QC: a config with ${what}`,
  async ({ connect, outcome }, [, config]) => {
    const client = await connect()
    const first = await outcome(async () => client.query(config))
    return [first, (await client.query('select 5 as next')).rows]
  }
)

parity('QC: fetching by rows gives every row', async ({ connect }) => {
  const client = await connect()
  return client.query({ text: 'select i from generate_series(1, 7) i', rows: 3 })
})

parity('QC: fetching by rows with an exact multiple gives every row', async ({ connect }) => {
  const client = await connect()
  return client.query({ text: 'select i from generate_series($1::int, 6) i', values: [1], rows: 3 })
})

parity('a name beyond 63 characters is warned of on the console', async ({ connect, log, outcome }) => {
  const client = await connect()
  const original = console.error
  console.error = (...args) => log('console.error', ...args)
  try {
    return await outcome(client.query({ name: 'n'.repeat(64), text: 'select 1 as n' }))
  } finally {
    console.error = original
  }
})

// The statement list of a session says which protocol was used and with which name.
const prepared = [
  ['values', (c) => c.query('select $1::int', [1])],
  ['a name', (c) => c.query({ name: 'kept', text: 'select 1' })],
  [
    'a name, twice',
    async (c) => [
      await c.query({ name: 'kept', text: 'select 1' }),
      await c.query({ name: 'kept', text: 'select 1' }),
    ],
  ],
  [
    'two names',
    async (c) => [
      await c.query({ name: 'x', text: 'select 1' }),
      await c.query({ name: 'y', text: 'select 2' }),
    ],
  ],
  ['a long statement of spaces', (c) => c.query({ name: 'spaces', text: ' select  1 ' })],
]

parity.each(prepared)(
  ([what]) => `PC: the server's prepared statements after ${what}`,
  async ({ connect }, [, work]) => {
    const client = await connect()
    await work(client)
    const sql = `select name, statement, parameter_types::text, from_sql, generic_plans + custom_plans as plans from pg_prepared_statements order by name`
    return (await client.query(sql)).rows
  }
)

parity(
  'PC: a client without values may run statements that no prepared statement can',
  async ({ connect }) => {
    const client = await connect()
    const result = await client.query(
      'create temp table t(a int); insert into t values (1), (2); select sum(a)::int as s from t; drop table t',
      []
    )
    return result.map((part) => [part.command, part.rowCount, part.rows])
  }
)

parity(
  'the implicit transaction of two statements is rolled back by an error',
  async ({ connect, outcome }) => {
    const client = await connect()
    await client.query('create temp table t(a int)')
    const failed = await outcome(client.query('insert into t values (1); select 1/0'))
    return [failed, (await client.query('select count(*)::int as n from t')).rows]
  }
)
