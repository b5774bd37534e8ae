'use strict'

// Catalogue 2.24: `pipeline: true`. Queries are written at once, and answered in order.

const { parity } = require('./harness')
const { fakeSession } = require('./fake-session')
const { messages } = require('../support/fake-server')

// Answers may share a packet: whether `drain` comes before or after the reactions of their promises is chance, and so
// it is not among them.
const EVENTS = ['error', 'end']

const pipelined = async ({ connect, log }, config = {}) =>
  log.events(await connect({ pipeline: true, ...config }), EVENTS)

// Callbacks that call `show`, and the promise that each has been called: reactions of promises come too late to show
// what was so when an answer came.
function callbacks(count, show) {
  let done
  let left = count
  const called = new Promise((resolve) => (done = resolve))
  const calls = Array.from({ length: count }, (_, i) => (error, result) => {
    show(i, error, result)
    if (--left === 0) done()
  })
  return { calls, called }
}

const queues = (client) => [
  client._activeQuery?.text,
  client._sentQueryQueue.map((query) => query.text),
  client._queryQueue.map((query) => query.text),
]

parity('O-24: queries of one turn answer in order, then comes drain', async (context) => {
  const { log, eventOf } = context
  const client = log.events(await pipelined(context), ['drain'])
  const drained = eventOf(client, 'drain')
  for (let n = 0; n < 5; n++) client.query('select $1::int as n', [n], log.callback(`query ${n}`))
  log('pipeline', client.pipeline)
  await drained
})

parity('2.24: _sentQueryQueue holds what was sent and is not active', async (context) => {
  const { log } = context
  const client = await pipelined(context)
  const show = () => log('queues', ...queues(client))
  const { calls, called } = callbacks(3, show)
  for (const [i, callback] of calls.entries()) client.query(`select ${i}`, callback)
  show()
  await called
})

parity('2.24: everything is sent before the first answer', async (context) => {
  const { log, connect } = context
  const answer = (n) => [
    messages.rowDescription(['n']),
    messages.dataRow([n]),
    messages.commandComplete('SELECT 1'),
    messages.readyForQuery(),
  ]
  const received = []
  const pipelining = { ...context, connect: (config) => connect({ ...config, pipeline: true }) }
  const client = await fakeSession(pipelining, EVENTS, async (peer) => {
    while (received.length < 7) received.push((await peer.message()).type)
    peer.send(
      ...answer('1'),
      messages.parseComplete(),
      messages.bindComplete(),
      ...answer('2'),
      ...answer('3')
    )
    await peer.gone()
  })
  const results = await Promise.all([
    client.query('select 1 as n'),
    client.query('select $1 as n', ['2']),
    client.query('select 3 as n'),
  ])
  log('received', received.join(''))
  log(
    'rows',
    results.map((result) => result.rows)
  )
})

parity('2.24: an error is that of its query alone', async (context) => {
  const { log, outcome } = context
  const client = await pipelined(context)
  const queries = [
    ['select 1 as n'],
    ['selec nonsense'],
    ['select $1::int as n', [2]],
    ['select $1::int as n', ['no number']],
    ['select 1 / $1::int', [0]],
    ['select 3 as n; select 1/0'],
    ['select 1 / (2 - i) as n from generate_series(1, 3) i'],
    ['select $1::int as n', [4]],
  ]
  log('answers', await Promise.all(queries.map((query) => outcome(client.query(...query)))))
  log('next', (await client.query('select 5 as n')).rows)
})

parity('2.24: nothing is sent before connected, and then all of it', async (context) => {
  const { newClient, log } = context
  const client = log.events(newClient({ pipeline: true }), [...EVENTS, 'connect'])
  const early = [1, 2].map((n) => log.settle(`early ${n}`, client.query('select $1::int as n', [n])))
  log('before', ...queues(client))
  const connecting = client.connect()
  early.push(log.settle('while connecting', client.query('select 3 as n')))
  log('while connecting', ...queues(client))
  await connecting
  await Promise.all(early)
})

parity('2.24: a query issued in the connect callback is sent at once', async (context) => {
  const { newClient, log, eventOf } = context
  const client = log.events(newClient({ pipeline: true }), [...EVENTS, 'connect'])
  const drained = eventOf(client, 'drain')
  client.connect((error) => {
    log('connected', error)
    client.query('select 1 as n', log.callback('first'))
    client.query('select 2 as n', log.callback('second'))
    log('queues', ...queues(client))
  })
  await drained
})

parity.each([
  ['a config', () => ({ text: 'select 1', rows: 5 })],
  [
    'a config of a prepared statement',
    () => ({ text: 'select $1::int', values: [1], rows: 1, name: 'paged' }),
  ],
  ['a Query', ({ Query }) => new Query({ text: 'select 1', rows: 5 })],
])(
  ([what]) => `2.24: rows is refused, in ${what}`,
  async (context, [, make]) => {
    const { log, pg } = context
    const client = await pipelined(context)
    const refused = log.callback('refused')
    log('returned', client.query(make(pg), refused) === undefined)
    log('not yet', log.count('refused'))
    await refused.called
    log('next', (await client.query('select 1 as n')).rows)
  }
)

parity('2.24: a refused query rejects its promise, and its neighbours answer', async (context) => {
  const { log, outcome } = context
  const client = await pipelined(context)
  const queries = ['select 1 as n', { text: 'select 2', rows: 1 }, 'select 3 as n']
  log('answers', await Promise.all(queries.map((query) => outcome(client.query(query)))))
})

parity('2.24: a Submittable that is no Query is refused', async (context) => {
  const { log } = context
  const client = await pipelined(context)
  let refuse
  const refused = new Promise((resolve) => (refuse = resolve))
  const submittable = {
    submit: () => log('submit'),
    handleError(error, connection) {
      log('handleError', error, connection === client.connection)
      refuse()
    },
  }
  log('returned', client.query(submittable) === submittable)
  await refused
  log('next', (await client.query('select 1 as n')).rows)
})

parity('2.24: a Query of a subclass is taken', async (context) => {
  const { log, pg } = context
  const client = await pipelined(context)
  class Mine extends pg.Query {}
  const callback = log.callback('mine')
  client.query(new Mine('select 1 as n', callback))
  client.query('select 2 as n', log.callback('other'))
  await callback.called
  log('next', (await client.query('select 3 as n')).rows)
})

parity('2.24, K-2: a Query emits its rows', async (context) => {
  const { log, pg, eventOf } = context
  const client = await pipelined(context)
  const queries = ['select 1 as a', 'select 1/0', 'select 2 as b'].map((text) =>
    client.query(log.events(new pg.Query(text), ['row', 'end', 'error'], `${text}: `))
  )
  await eventOf(queries[2], 'end')
})

parity.each([
  ['neither text nor name', () => [{}]],
  ['values that are no array', () => ['select 1', 'abc']],
  ['a name of another text', () => [{ name: 'taken', text: 'select 2 as n' }]],
  [
    'a value that throws',
    () => [
      'select $1',
      [
        {
          toPostgres() {
            throw new Error('not today')
          },
        },
      ],
    ],
  ],
])(
  ([what]) => `2.24, Q-10: ${what} fails alone`,
  async (context, [, make]) => {
    const { outcome } = context
    const client = await context.connect({ pipeline: true })
    await client.query({ name: 'taken', text: 'select 1 as n' })
    const answers = await Promise.all([
      outcome(client.query('select 1 as n')),
      outcome(client.query(...make())),
      outcome(client.query('select 3 as n')),
    ])
    return [answers, (await client.query('select 4 as n')).rows]
  }
)

parity('2.24: drain comes although the only query was refused by submit', async (context) => {
  const { log, outcome } = context
  const client = log.events(await pipelined(context), ['drain'])
  log('refused', await outcome(client.query({})))
})

parity('2.24, PS-1: a name is parsed once', async (context) => {
  const { log } = context
  const client = await pipelined(context)
  const named = (n) => client.query({ name: 'once', text: 'select $1::int as n', values: [n] })
  const results = await Promise.all([named(1), named(2), named(3)])
  log(
    'rows',
    results.map((result) => result.rows)
  )
  const prepared = 'select name, statement, generic_plans + custom_plans as times from pg_prepared_statements'
  log('prepared', (await client.query(prepared)).rows)
  log('parsedStatements', { ...client.connection.parsedStatements })
})

parity('2.24, PS-2: another text under a name that is on its way', async (context) => {
  const { outcome } = context
  const client = await pipelined(context)
  return Promise.all([
    outcome(client.query({ name: 'x', text: 'select 1 as n' })),
    outcome(client.query({ name: 'x', text: 'select 2 as n' })),
    outcome(client.query({ name: 'x', text: 'select 1 as n' })),
  ])
})

parity('2.24, PS-4: a failed Parse frees the name', async (context) => {
  const { outcome } = context
  const client = await context.connect({ pipeline: true })
  const wrong = await Promise.all([
    outcome(client.query({ name: 'x', text: 'selec 1' })),
    outcome(client.query({ name: 'x', text: 'selec 1' })),
  ])
  return [wrong, await outcome(client.query({ name: 'x', text: 'select 1 as n' }))]
})

parity('2.24, Q-12: a transaction in one turn, and the status at each answer', async (context) => {
  const { log } = context
  const client = await context.connect({ pipeline: true })
  const good = ['begin', 'create temp table p (n int)', 'insert into p values (1), (2)', 'commit', 'table p']
  const bad = ['begin', 'select 1/0', 'select 1', 'rollback', 'select 2 as n']
  for (const texts of [good, bad]) {
    const { calls, called } = callbacks(texts.length, (i, error, result) =>
      log(texts[i], client.getTransactionStatus(), error?.code, result?.command, result?.rows)
    )
    for (const [i, text] of texts.entries()) client.query(text, calls[i])
    await called
  }
})

parity('2.24: results of every size and form, all at once', async (context) => {
  const client = await context.connect({ pipeline: true })
  const types = { getTypeParser: () => (text) => `<${text}>` }
  const sql =
    "select i, i::text as t, array[i] as l, jsonb_build_object('i', i) as j from generate_series(1, $1::int) i"
  const results = await Promise.all([
    client.query(sql, [1200]),
    client.query({ text: sql, values: [1100], types }),
    client.query({ text: sql, values: [900], rowMode: 'array' }),
    client.query(''),
    client.query('select 1 as a; select 2 as b'),
    client.query({ text: sql, values: [1200], types, rowMode: 'array' }),
    client.query(sql, [0]),
    client.query("copy (values ('x')) to stdout"),
    client.query(sql, [1200]),
  ])
  return results.map((result) =>
    result.rows?.length > 5 ? [result.rows.length, result.rows.slice(-2)] : result
  )
})

parity('2.24: a copy without a source as the last query', async (context) => {
  const { outcome } = context
  const client = await context.connect({ pipeline: true })
  await client.query('create temp table c (n int)')
  const answers = await Promise.all([
    outcome(client.query('select 1 as n')),
    outcome(client.query('copy c from stdin')),
  ])
  return [answers, (await client.query('select 2 as n')).rows]
})

parity('2.24: a query issued in a callback or an error callback', async (context) => {
  const { log, eventOf } = context
  const client = await context.connect({ pipeline: true })
  const last = new Promise((resolve) => {
    client.query('select 1/0', (error) => {
      log('error', error.code)
      client.query('select 3 as n', (failure, result) => {
        log('third', failure, result.rows)
        resolve()
      })
    })
    client.query('select 2 as n', (error, result) => log('second', error, result.rows))
  })
  await last
  const drained = eventOf(client, 'drain')
  log('next', (await client.query('select 4 as n')).rows)
  await drained
})

parity('PO-13: a pool of pipelining clients', async (context) => {
  const { newPool, log, outcome } = context
  const pool = newPool({ pipeline: true, max: 2 })
  log('pool.query', (await pool.query('select $1::int as n', [1])).rows)
  log('rows', await outcome(pool.query({ text: 'select 1', rows: 2 })))
  const client = await pool.connect()
  const answers = Promise.all([1, 2, 3].map((n) => client.query('select $1::int as n', [n])))
  log('counts', pool.totalCount, pool.idleCount)
  const results = await answers
  client.release()
  log(
    'rows',
    results.map((result) => result.rows)
  )
  log('counts', pool.totalCount, pool.idleCount)
})
