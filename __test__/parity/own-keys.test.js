'use strict'

// P-10, R-1, K-1 and E-4: the own keys of what a driver hands out, in their order: what a
// loop, a copy or a printed object shows.

const { Readable, Duplex } = require('node:stream')
const { parity } = require('./harness')

// Where oxpg keeps what it knows of a query under way, and a timer of Node's that it does not need.
const OURS = new Set(['_statement', '_flags', '_set'])
const NOT_OURS = new Set(['connectionTimeoutHandle'])
const keysOf = (object) => Object.keys(object).filter((key) => !OURS.has(key) && !NOT_OURS.has(key))

parity('P-10: a client through its life', async ({ newClient, log }) => {
  const client = newClient()
  log('made', keysOf(client))
  const connecting = client.connect()
  log('connecting', keysOf(client))
  await connecting
  log('connected', keysOf(client))
  await client.query('select 1')
  await client.query({ name: 'a', text: 'select 1' })
  log('after queries', keysOf(client))
  await client.end()
  log('ended', keysOf(client))
})

parity.each([
  ['a callback', (client) => new Promise((resolve) => client.connect(resolve))],
  ['a listener', (client) => client.on('notice', () => {}).connect()],
])(
  ([what]) => `P-10: a client connected with ${what}`,
  async ({ newClient }, [, connect]) => {
    const client = newClient({ connectionTimeoutMillis: 5000, query_timeout: 5000 })
    await connect(client)
    return keysOf(client)
  }
)

parity('P-10: a client of a pool', async ({ newPool, log }) => {
  const pool = newPool({ max: 1 })
  const client = await pool.connect()
  log('checked out', keysOf(client).sort())
  client.release()
  log('released', keysOf(client).sort())
})

parity('P-10: a pool through its life', async ({ newPool, log }) => {
  const pool = newPool({ max: 1 })
  log('made', keysOf(pool))
  await pool.query('select 1')
  log('used', keysOf(pool))
  await pool.end()
  log('ended', keysOf(pool))
})

parity('K-1: a Query through its life', async ({ connect, pg, log, eventOf }) => {
  const client = await connect()
  const ways = [
    ['select 1 as n'],
    ['select $1::int as n', [1]],
    [{ text: 'select 1', rowMode: 'array', name: 'k' }],
  ]
  for (const way of ways) {
    const query = new pg.Query(...way)
    log('made', keysOf(query))
    client.query(query)
    await eventOf(query, 'end')
    log('done', keysOf(query))
  }
})

parity('R-1: results of every kind', async ({ connect, newPool }) => {
  const [client, pool] = [await connect(), newPool({ max: 1 })]
  const texts = [
    'select 1 as a, null as b',
    'select 1 where false',
    'select',
    '',
    'create temp table if not exists t()',
    'begin',
    'rollback',
  ]
  const shown = []
  for (const session of [client, pool]) {
    for (const rowMode of [undefined, 'array']) {
      for (const text of texts) {
        const result = await session.query({ text, rowMode })
        const { _prebuiltEmptyResultObject: empty, _parsers: parsers, _types: types, RowCtor } = result
        shown.push([text, rowMode, keysOf(result), empty && [Object.keys(empty), { ...empty }]])
        shown.push([
          parsers?.map((parser) => typeof parser),
          types?.constructor.name,
          RowCtor,
          result.rowAsArray,
        ])
      }
    }
  }
  return shown
})

parity('R-1: a Result made by hand', async ({ pg }) => {
  const results = [new pg.Result(), new pg.Result('array'), new pg.Result(null, pg.types)]
  const before = results.map((result) => [keysOf(result), result._prebuiltEmptyResultObject])
  for (const result of results) {
    result.addFields([
      { name: 'b', dataTypeID: 23, format: 'text' },
      { name: 'a', dataTypeID: 25, format: 'text' },
    ])
    result.addRow(result.parseRow(['1', null]))
    result.addCommandComplete({ text: 'SELECT 1' })
  }
  return [before, results.map((result) => [keysOf(result), result._prebuiltEmptyResultObject, result.rows])]
})

parity('E-4: a Connection, made by hand and of a client', async ({ pg, connect }) => {
  const stream = new Duplex({ read() {}, write: (chunk, encoding, done) => done() })
  const client = await connect()
  const { connection } = client
  await client.query({ name: 'kept', text: 'select 1' })
  return [
    keysOf(new pg.Connection({ stream })),
    keysOf(new pg.Connection({ stream, ssl: true, keepAlive: true })),
    keysOf(connection).slice(0, 1),
    { ...connection.parsedStatements },
    { ...connection.submittedNamedStatements },
    connection.stream instanceof Readable || typeof connection.stream.read,
  ]
})

parity('R-3: a field', async ({ connect }) => {
  const { fields } = await (await connect()).query('select 1 as a')
  return fields.map(keysOf)
})
