'use strict'

// What tools touch on a client beside its queries: P-7, P-9, PS-5, TY-4, Z-1, Z-4, Z-5.

const { parity } = require('./harness')
const { busy } = require('./terminate')

parity('P-7: connection and its stream, as tools see them', async ({ connect }) => {
  const client = await connect()
  const { connection } = client
  return [
    connection === client.connection,
    connection.constructor.name,
    typeof connection.stream.destroy,
    typeof connection.stream.ref,
    connection.stream.destroyed,
    connection.stream.writable,
    connection.ssl,
    { ...connection.parsedStatements },
  ]
})

parity('P-9: saslSession is null after the login', async ({ connect }) => (await connect()).saslSession)

parity(
  'PS-5: a cache of names beside parsedStatements, as PostGraphile keeps it',
  async ({ connect, log }) => {
    const client = await connect()
    const { connection } = client
    const cache = (connection._graphilePreparedStatementCache ??= new Map())
    const names = 'select name from pg_prepared_statements order by name'
    for (const n of [1, 2, 3, 1, 4]) {
      const name = `graphile ${n}`
      cache.delete(name)
      cache.set(name, true)
      await client.query({ name, text: `select ${n} as n` })
      if (cache.size <= 2) continue
      const [oldest] = cache.keys()
      cache.delete(oldest)
      delete connection.parsedStatements[oldest]
      await client.query(`deallocate ${client.escapeIdentifier(oldest)}`)
    }
    log('known', Object.keys(connection.parsedStatements), 'graphile 4' in connection.parsedStatements)
    log('prepared', (await client.query(names)).rows)
    log('cache', client.connection._graphilePreparedStatementCache === cache)
  }
)

parity('PS-5: everything forgotten after DISCARD ALL', async ({ connect }) => {
  const client = await connect()
  await client.query({ name: 'a', text: 'select 1 as n' })
  await client.query({ name: 'b', text: 'select 2 as n' })
  await client.query('discard all')
  const { parsedStatements } = client.connection
  for (const name of Object.keys(parsedStatements)) delete parsedStatements[name]
  return [
    Object.keys(parsedStatements),
    (await client.query({ name: 'a', text: 'select 3 as n' })).rows,
    (await client.query({ name: 'b', text: 'select 4 as n' })).rows,
  ]
})

parity('TY-4: types.arrayParser', async ({ pg, attempt }) =>
  ['{1,2,NULL}', '{}', '{{a,b},{c,"d,\\"e"}}', '[0:1]={7,8}', '{"",NULL,"NULL"}', '{1,2', 'no array'].map(
    (text) => [
      attempt(() => pg.types.arrayParser.create(text).parse()),
      attempt(() => pg.types.arrayParser.create(text, (entry) => `<${entry}>`).parse()),
    ]
  )
)

parity('TY-2: an array that is not balanced is the error of its query', async ({ connect, pg, outcome }) => {
  const client = await connect()
  const types = { getTypeParser: () => (text) => pg.types.getTypeParser(1009)(`${text}{`) }
  return [
    await outcome(client.query({ text: "select '{1}' as a", types })),
    (await client.query('select 1 as n')).rows,
  ]
})

parity('Z-1: ref() and unref() return nothing and leave the client working', async ({ connect }) => {
  const client = await connect()
  const returned = [client.unref(), client.ref(), client.unref(), client.unref(), client.ref()]
  return [returned, (await client.query('select 1 as n')).rows]
})

parity('Z-4: another client cancels the active query', async ({ connect, pg, config, log, until }) => {
  const client = await connect()
  const callback = log.callback('cancelled')
  client.query('select pg_sleep(20)', callback)
  await busy(client, until)
  // It never connects for itself: there is nothing to end.
  new pg.Client(config).cancel(client, client._activeQuery)
  await callback.called
  log('next', (await client.query('select 1 as n')).rows)
})

parity('Z-4: a queued query that is cancelled is never run', async ({ connect, newClient, log }) => {
  const client = await connect()
  const first = client.query('select 1 as n')
  client.query('select 2 as n', () => log('never'))
  newClient().cancel(client, client._queryQueue[0])
  log('first', (await first).rows)
  log('next', (await client.query('select 3 as n')).rows)
})

parity('Z-4: a query that nobody has is cancelled in vain', async ({ connect, newClient, pg }) => {
  const client = await connect()
  newClient().cancel(client, new pg.Query('select 1'))
  return (await client.query('select 1 as n')).rows
})

parity('Z-5: escapes without an instance', async ({ pg }) => [
  pg.Client.prototype.escapeLiteral("it's"),
  pg.Client.prototype.escapeIdentifier('a"b'),
  pg.Client.prototype.escapeLiteral(null),
])

parity('E-8: TypeOverrides is a constructor function', async ({ pg }) => {
  const own = new pg.TypeOverrides()
  own.setTypeParser(23, (text) => `int ${text}`)
  own.setTypeParser(23, 'binary', () => 'bytes')
  function Heir() {
    pg.TypeOverrides.call(this)
  }
  Object.setPrototypeOf(Heir.prototype, pg.TypeOverrides.prototype)
  return [
    Object.keys(own),
    own.getTypeParser(23)('7'),
    own.getTypeParser(23, 'binary')(),
    own.getTypeParser(25)('x'),
    own.getOverrides('text') === own.text,
    own.getOverrides('other'),
    new Heir().getTypeParser(23)('8'),
  ]
})
