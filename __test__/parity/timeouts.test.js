'use strict'

// Catalogue 2.20: time limits of queries, far enough from what they limit for a busy machine. Limits of connecting are in connect.test.js and pool-limits.test.js.

const { parity } = require('./harness')

const EVENTS = ['error', 'end']

parity.each([
  ['of the client', { query_timeout: 20 }, 'select pg_sleep(0.4)'],
  ['of the client, as text', { query_timeout: '20' }, 'select pg_sleep(0.4)'],
  ['of the query', {}, { text: 'select pg_sleep(0.4)', query_timeout: 20 }],
  [
    'of the query, shorter than that of the client',
    { query_timeout: 9000 },
    { text: 'select pg_sleep(0.4)', query_timeout: 20 },
  ],
  ['with values', { query_timeout: 20 }, { text: 'select pg_sleep($1)', values: [0.4] }],
  ['with a name', { query_timeout: 20 }, { text: 'select pg_sleep($1)', values: [0.4], name: 'sleep' }],
])(
  ([what]) => `TO-1, Q-5: query_timeout ${what} answers with an error`,
  async ({ connect, log, outcome }, [, config, query]) => {
    const client = log.events(await connect(config), EVENTS)
    log('query', await outcome(client.query(query)))
  }
)

parity('TO-1: query_timeout calls back once', async ({ connect, log, eventOf }) => {
  const client = log.events(await connect(), EVENTS)
  const drained = eventOf(client, 'drain')
  client.query({ text: 'select pg_sleep(0.4)', query_timeout: 15 }, log.callback('callback'))
  await drained
})

parity('TO-1: after query_timeout the client is usable', async ({ connect, outcome }) => {
  const client = await connect()
  const late = await outcome(client.query({ text: 'select pg_sleep(0.4), 1 as n', query_timeout: 15 }))
  return [
    late,
    (await client.query('select 2 as n')).rows,
    (await client.query('select $1::int as n', [3])).rows,
    client._queryable,
  ]
})

parity('TO-1: a query within its limit leaves no timer behind', async ({ connect, outcome }) => {
  const client = await connect({ query_timeout: 500 })
  const first = await outcome(client.query('select 1 as n'))
  return [first, await outcome(client.query({ text: 'select pg_sleep(0.6)', query_timeout: 5000 }))]
})

parity('TO-1: an error within the limit is the error', async ({ connect, outcome }) => {
  const client = await connect({ query_timeout: 2000 })
  return [await outcome(client.query('select 1/0')), await outcome(client.query({}))]
})

parity('TO-2: a query that only waits is taken from the queue', async ({ connect, log }) => {
  const client = await connect()
  const running = log.settle('running', client.query('select pg_sleep(0.4)'))
  const waiting = log.settle('waiting', client.query({ text: "select 'never' as x", query_timeout: 10 }))
  const last = log.settle('last', client.query('select 3 as n'))
  await Promise.all([running, waiting, last])
})

parity('TO-1: query_timeout 0 and false are none', async ({ connect }) => {
  const client = await connect({ query_timeout: 0 })
  return [
    (await client.query({ text: 'select 1 as n', query_timeout: false })).rows,
    (await client.query({ text: 'select 2 as n', query_timeout: 0 })).rows,
  ]
})

parity('TO-1: query_timeout of pool.query', async ({ newPool, outcome }) => {
  const pool = newPool({ max: 1, query_timeout: 20 })
  return [
    await outcome(pool.query('select pg_sleep(0.5)')),
    await outcome(pool.query({ text: 'select 1 as n', query_timeout: 3000 })),
  ]
})

parity('TO-1: query_timeout of a Query object', async ({ connect, pg, log, eventOf }) => {
  const client = await connect()
  const query = new pg.Query({ text: 'select pg_sleep(0.4)' })
  query.query_timeout = 15
  client.query(query, log.callback('callback'))
  await eventOf(client, 'drain')
})

parity.each([
  ['statement_timeout', { statement_timeout: 15 }, 'select pg_sleep(5)'],
  ['statement_timeout as text', { statement_timeout: '15' }, 'select pg_sleep(5)'],
  ['statement_timeout with a fraction', { statement_timeout: 15.9 }, 'select pg_sleep(5)'],
])(
  ([what]) => `TO-4: ${what} is the server's error, and the client goes on`,
  async ({ connect, outcome }, [, config, sql]) => {
    const client = await connect(config)
    return [await outcome(client.query(sql)), (await client.query('select 1 as n')).rows]
  }
)

parity("TO-4: lock_timeout is the server's error 55P03", async ({ connect, outcome }) => {
  const [holder, waiter] = [await connect(), await connect({ lock_timeout: 10 })]
  await holder.query('begin; select pg_advisory_xact_lock(771178)')
  const refused = await outcome(waiter.query('select pg_advisory_xact_lock(771178)'))
  await holder.query('rollback')
  return [refused, (await waiter.query('select 1 as n')).rows]
})

parity('TO-4: statement_timeout reaches the clients of a pool', async ({ newPool, outcome }) => {
  const pool = newPool({ max: 1, statement_timeout: 15 })
  return [await outcome(pool.query('select pg_sleep(5)')), (await pool.query('show statement_timeout')).rows]
})
