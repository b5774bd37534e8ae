'use strict'

// K-4: a Query whose hooks are somebody else's sees the messages as in pg; others never notice.

const { parity } = require('./harness')

const HOOKS = [
  'submit',
  'prepare',
  '_getRows',
  'hasBeenParsed',
  'handleRowDescription',
  'handleDataRow',
  'handlePortalSuspended',
  'handleCommandComplete',
  'handleEmptyQuery',
  'handleReadyForQuery',
  'handleError',
  'handleCopyInResponse',
  'handleCopyData',
]

// What a hook is told, without what belongs to a session: connections, and the lengths of messages.
const told = (args) =>
  args.map((argument) =>
    argument?.stream
      ? 'connection'
      : argument?.name && argument.length
        ? { ...argument, length: 0 }
        : argument
  )

// A Query that notes the call of each hook, and its messages.
function notingQuery({ pg, log }, hooks = HOOKS) {
  class Noting extends pg.Query {}
  for (const name of hooks) {
    Noting.prototype[name] = function (...args) {
      log(name, ...told(args))
      return pg.Query.prototype[name].apply(this, args)
    }
  }
  return Noting
}

async function play(context, config, hooks) {
  const { connect, log } = context
  const client = await connect()
  await client.query('create temp table subclass (n int)')
  const callback = log.callback('callback')
  client.query(new (notingQuery(context, hooks))(config, callback))
  await callback.called
  log(
    'next',
    (await client.query('select 7 as n')).rows,
    (await client.query('select $1::int as n', [8])).rows
  )
}

const configs = [
  ['rows', { text: 'select i, i::text as t, null as x from generate_series(1, 3) i' }],
  ['rows of a prepared statement', { text: 'select $1::int as n', values: [1] }],
  ['a name', { text: 'select $1::int as n', values: [1], name: 'subclass' }],
  ['pages', { text: 'select i from generate_series(1, 5) i', rows: 2 }],
  ['row mode array', { text: 'select 1 as a, 2 as a', rowMode: 'array' }],
  ['several statements', { text: 'select 1 as a; set local work_mem = default; select 2 as b' }],
  ['an empty text', { text: '' }],
  ['an error', { text: 'selec 1' }],
  ['an error of a prepared statement', { text: 'select $1::int', values: ['x'] }],
  ['a copy from nowhere', { text: 'copy subclass from stdin' }],
  ['a copy to nowhere', { text: "copy (values ('x'), ('y')) to stdout" }],
  ['neither text nor name', {}],
  ['values that are no array', { text: 'select 1', values: 'abc' }],
]

parity.each(configs)(
  ([what]) => `K-4: all hooks of ${what}`,
  (context, [, config]) => play(context, config)
)

for (const hook of HOOKS) {
  parity.each(configs.slice(0, 4))(
    ([what]) => `K-4: ${hook} alone, of ${what}`,
    (context, [, config]) => play(context, config, [hook])
  )
}

parity('K-4: a hook that changes rows', async ({ connect, pg }) => {
  class Upper extends pg.Query {
    handleDataRow(msg) {
      msg.fields = msg.fields.map((text) => text && text.toUpperCase())
      super.handleDataRow(msg)
    }
  }
  const client = await connect()
  const result = await new Promise((resolve, reject) =>
    client.query(
      new Upper("select 'a' as x union all select 'b'", (error, outcome) =>
        error ? reject(error) : resolve(outcome)
      )
    )
  )
  return [result, (await client.query("select 'a' as x")).rows]
})

parity('K-4: a hook of one object alone', async ({ connect, pg, log, eventOf }) => {
  const client = await connect()
  const query = log.events(new pg.Query('select 1 as a'), ['row', 'end'])
  query.handleDataRow = function (msg) {
    log('own hook', msg.fields)
    pg.Query.prototype.handleDataRow.call(this, msg)
  }
  client.query(query)
  await eventOf(query, 'end')
})

parity(
  'K-4: a patched Query.prototype sees every query, of clients and pools',
  async ({ connect, newPool, pg, log }) => {
    const original = pg.Query.prototype.handleDataRow
    const client = await connect()
    const pool = newPool()
    pg.Query.prototype.handleDataRow = function (msg) {
      log('patched', msg.fields)
      return original.call(this, msg)
    }
    try {
      log('client', (await client.query('select 1 as n')).rows)
      log('pool', (await pool.query('select $1::int as n', [2])).rows)
    } finally {
      pg.Query.prototype.handleDataRow = original
    }
    log('client', (await client.query('select 3 as n')).rows)
    log('pool', (await pool.query('select $1::int as n', [4])).rows)
  }
)

parity('K-4: an object that hands everything on to a Query', async ({ connect, pg, log }) => {
  const client = await connect()
  const callback = log.callback('callback')
  const inner = new pg.Query('select $1::int as n', [1], callback)
  inner._result._types = client._types
  const outer = {}
  for (const name of HOOKS.slice(4).concat('submit')) outer[name] = (...args) => inner[name](...args)
  client.query(outer)
  await callback.called
  log('next', (await client.query('select 2 as n')).rows)
})

parity('K-4: queries of all kinds take turns on one client', async (context) => {
  const { connect, log } = context
  const client = await connect()
  const Noting = notingQuery(context, ['handleDataRow'])
  const ends = []
  const callback = (label) => {
    const called = log.callback(label)
    ends.push(called.called)
    return called
  }
  client.query({ name: 'turns', text: 'select $1::int as n', values: [1] }, callback('ordinary'))
  client.query(new Noting({ name: 'turns', text: 'select $1::int as n', values: [2] }, callback('own')))
  client.query(new Noting({ name: 'turns 2', text: 'select $1::int as n', values: [3] }, callback('own')))
  client.query({ name: 'turns 2', text: 'select $1::int as n', values: [4] }, callback('ordinary'))
  client.query(new Noting('select 1/0', callback('failing')))
  client.query('select 5 as n', callback('last'))
  await Promise.all(ends)
  log('parsedStatements', { ...client.connection.parsedStatements })
})

parity('2.24, K-4: an overriding Query in a pipeline', async (context) => {
  const { connect, log } = context
  const client = await connect({ pipeline: true })
  const Noting = notingQuery(context, ['handleDataRow'])
  const ends = [1, 2, 3, 4].map((n) => {
    const called = log.callback(`query ${n}`)
    client.query(
      n % 2 ? new Noting(`select ${n} as n`, called) : `select ${n} as n`,
      n % 2 ? undefined : called
    )
    return called.called
  })
  await Promise.all(ends)
  log('next', (await client.query('select 5 as n')).rows)
})
