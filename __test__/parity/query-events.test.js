'use strict'

// Catalogue 2.15: a Query object as an event emitter.

const { parity } = require('./harness')

const EVENTS = ['row', 'end', 'error']

// Issues a Query that logs its events and waits until the client has drained.
async function play({ connect, pg, log, eventOf }, args, names = EVENTS) {
  const client = await connect()
  const drained = eventOf(client, 'drain')
  const query = log.events(new pg.Query(...args), names)
  log('same object', client.query(query) === query)
  await drained
  log('next', (await client.query('select 1 as n')).rows)
}

const played = [
  ['rows and the end', ['select i from generate_series(1, 3) i']],
  ['no rows', ['select 1 as n where false']],
  ['a statement without rows', ['set local work_mem = default']],
  ['an empty text', ['']],
  ['two statements', ['select 1 as a; select 2 as b']],
  ['values', ['select $1::int + i as n from generate_series(1, 2) i', [10]]],
  ['row mode array', [{ text: 'select 1 as a, 2 as a', rowMode: 'array' }]],
  ['a syntax error', ['selec 1']],
  ['an error after rows', ['select 1 / (2 - i) as n from generate_series(1, 3) i']],
  ['an error in the second statement', ['select 1 as a; select 1/0']],
  ['a name', [{ name: 'events', text: 'select $1::text as t', values: ['x'] }]],
  ['a refused query', [{}]],
  ['values that are no array', ['select 1', 'abc']],
]

parity.each(played)(
  ([what]) => `K-2: the events of ${what}`,
  (context, [, args]) => play(context, args)
)

parity.each(played)(
  ([what]) => `K-3: without a row listener the end has the rows of ${what}`,
  (context, [, args]) => play(context, args, ['end', 'error'])
)

parity('K-2: a row event has the row and the result so far', async ({ connect, pg, log, eventOf }) => {
  const client = await connect()
  const query = new pg.Query('select i from generate_series(1, 2) i')
  query.on('row', (row, result) => log('row', row, result.fields.length, result.rows.length, result.command))
  client.query(query)
  const [result] = await eventOf(query, 'end')
  log('end', result)
})

parity('K-2: a callback takes the error, no error event', async ({ connect, pg, log }) => {
  const client = await connect()
  const callback = log.callback('callback')
  const query = log.events(new pg.Query('select wrong', callback), EVENTS)
  client.query(query)
  await callback.called
  log('next', (await client.query('select 1 as n')).rows)
})

parity('K-3: with a callback rows are emitted and gathered', async ({ connect, pg, log, eventOf }) => {
  const client = await connect()
  const query = log.events(
    new pg.Query('select i from generate_series(1, 2) i', log.callback('callback')),
    EVENTS
  )
  client.query(query)
  await eventOf(query, 'end')
})

parity(
  'K-3: a listener added to the second of two queries sees only its rows',
  async ({ connect, pg, log, eventOf }) => {
    const client = await connect()
    const first = new pg.Query('select 1 as n')
    const second = new pg.Query('select 2 as n')
    client.query(first)
    client.query(second)
    log.events(first, ['end'], 'first ')
    log.events(second, EVENTS, 'second ')
    await eventOf(second, 'end')
  }
)

parity('K-2: listeners may be added after the query is issued', async ({ connect, pg, log, eventOf }) => {
  const client = await connect()
  const query = client.query(new pg.Query('select 1 as n'))
  log.events(query, EVENTS)
  await eventOf(query, 'end')
})

parity('K-1: the own properties of a Query', async ({ pg }) => {
  const callback = () => {}
  return [
    new pg.Query('select 1'),
    new pg.Query('select $1', [1], callback),
    new pg.Query({
      text: 'a',
      values: [1],
      name: 'n',
      rowMode: 'array',
      portal: 'p',
      rows: 5,
      binary: true,
      queryMode: 'extended',
    }),
  ].map((query) => {
    const own = Object.keys(query).filter((key) => !key.startsWith('_'))
    return own.map((key) => [key, query[key]])
  })
})

parity('K-1: the class of a Query', async ({ pg }) => ({
  name: pg.Query.name,
  length: pg.Query.length,
  ofClient: pg.Client.Query === pg.Query,
  emitter: new pg.Query('x') instanceof require('events').EventEmitter,
}))

parity('K-1: a Query needs new', async ({ pg, attempt }) => 'threw' in attempt(() => pg.Query('select 1')))

parity(
  'K-2: an error event without a listener is an uncaught exception',
  async ({ connect, pg, log }) => {
    const client = await connect()
    const uncaught = new Promise((resolve) => process.once('uncaughtException', resolve))
    client.query(new pg.Query('select wrong'))
    log('uncaught', await uncaught)
  },
  { child: {} }
)

parity('K-2: every thousandth of many rows arrives in order', async ({ connect, pg, eventOf }) => {
  const client = await connect()
  const query = new pg.Query("select i, repeat('x', i % 50) as t from generate_series(1, 20000) i")
  const seen = []
  query.on('row', (row) => {
    if (row.i % 1000 === 0) seen.push(row)
  })
  client.query(query)
  const [result] = await eventOf(query, 'end')
  return [seen, result.rowCount, result.rows.length]
})

parity(
  'a pool issues a Query with a callback and gives its client back',
  async ({ newPool, pg, log, until }) => {
    const pool = newPool({ max: 1 })
    const query = log.events(new pg.Query('select i from generate_series(1, 2) i'), EVENTS)
    const result = await pool.query(query)
    log('result', result)
    await until(() => pool.idleCount === 1)
    log('counts', pool.totalCount, pool.idleCount, pool.waitingCount)
  }
)
