'use strict'

// Catalogue 2.5 and C-8: what can be seen on a client, a pool, and what can not.

const { inspect } = require('util')
const { parity } = require('./harness')

// Fields of EventEmitter belong to Node.
const EMITTER = new Set(['_events', '_eventsCount', '_maxListeners'])
const keysOf = (object) => Object.keys(object).filter((key) => !EMITTER.has(key))

parity('P-10: the enumerable own keys of a new client, in order', async ({ newClient }) =>
  keysOf(newClient())
)

parity('P-10: the enumerable own keys of a connected client', async ({ connect }) =>
  keysOf(await connect()).sort()
)

parity('P-2, P-10: what the keys of a new client hold', async ({ newClient, config }) => {
  const client = newClient({ application_name: 'x' })
  const names = [
    'user',
    'database',
    'host',
    'replication',
    '_ending',
    '_ended',
    '_connecting',
    '_connected',
    '_connectionError',
    '_queryable',
    '_activeQuery',
    '_txStatus',
  ]
  const more = [
    'enableChannelBinding',
    'scramMaxIterations',
    '_queryQueue',
    '_sentQueryQueue',
    'pipeline',
    'binary',
    'processID',
    'secretKey',
    'ssl',
    'sslNegotiation',
    '_connectionTimeoutMillis',
  ]
  return [
    [...names, ...more].map((name) => [name, client[name]]),
    client.port === config.port,
    client.password === config.password,
    client._Promise === Promise,
  ]
})

parity('P-3: the connection parameters of a client', async ({ newClient }) => {
  const { connectionParameters } = newClient({
    host: 'h',
    port: 5,
    user: 'u',
    database: 'd',
    password: 'secret',
    query_timeout: 7,
    statement_timeout: 8,
  })
  return [
    Object.keys(connectionParameters),
    Object.entries(connectionParameters),
    connectionParameters.password,
    connectionParameters.constructor.name,
  ]
})

parity(
  'P-3: query_timeout is read from the connection parameters at each query',
  async ({ connect, outcome }) => {
    const client = await connect()
    const before = await outcome(client.query('select 1 as n'))
    client.connectionParameters.query_timeout = 15
    return [before, await outcome(client.query('select pg_sleep(0.4)'))]
  }
)

const secrets = [
  ['a client', ({ newClient }) => newClient({ password: 'TOP-SECRET' })],
  [
    'a client of a URL',
    ({ newClient, config }) =>
      newClient({ connectionString: `postgres://u:TOP-SECRET@${config.host}:${config.port}/d` }),
  ],
  ['a client with a key', ({ newClient }) => newClient({ ssl: { key: 'TOP-SECRET', ca: 'public' } })],
  [
    'the connection parameters',
    ({ newClient }) => newClient({ password: 'TOP-SECRET' }).connectionParameters,
  ],
  ['a pool', ({ newPool }) => newPool({ password: 'TOP-SECRET' })],
  ['a pool with a key', ({ newPool }) => newPool({ password: 'TOP-SECRET', ssl: { key: 'TOP-SECRET' } })],
  ['the options of a pool', ({ newPool }) => newPool({ password: 'TOP-SECRET' }).options],
]

parity.each(secrets)(
  ([what]) => `C-7, C-8: ${what} does not show its secrets`,
  async (context, [, make]) => {
    const object = make(context)
    let json
    try {
      json = JSON.stringify(object)
    } catch (error) {
      json = error.message
    }
    const shown = [inspect(object, { depth: 20 }), String(object), json]
    return shown.map((text) => String(text).includes('TOP-SECRET'))
  }
)

parity('C-8: a connected client and its pool do not show the password', async ({ newPool, config }) => {
  const pool = newPool()
  const client = await pool.connect()
  const shown = [inspect(client, { depth: 12 }), inspect(pool, { depth: 12 })]
  client.release()
  return shown.map((text) => text.includes(config.password))
})

parity('C-8: the password is a hidden, writable, configurable property', async ({ newClient, newPool }) => {
  const describeHidden = (object) => Object.getOwnPropertyDescriptor(object, 'password')
  const client = newClient({ password: 'p' })
  return [
    describeHidden(client),
    describeHidden(client.connectionParameters),
    describeHidden(newPool({ password: 'p' }).options),
  ]
})

parity(
  "C-7: the key of the caller's own ssl object is hidden, and readable",
  async ({ newClient, newPool }) => {
    return [newClient, newPool].map((make) => {
      const ssl = { key: 'k', ca: 'c' }
      make({ ssl })
      return [Object.keys(ssl), ssl.key]
    })
  }
)

parity('P-5: _queryQueue and _activeQuery hold the queries', async ({ connect, pg }) => {
  const client = await connect()
  const first = client.query('select 1 as n')
  const seen = [client._activeQuery instanceof pg.Query, client._activeQuery?.text, client._queryQueue.length]
  const second = client.query('select $1::int as n', [2])
  seen.push(
    client._queryQueue.length,
    client._queryQueue.at(-1)?.text,
    client._queryQueue.at(-1)?.values,
    client._queryQueue.at(-1) instanceof pg.Query
  )
  await Promise.all([first, second])
  return [seen, client._activeQuery, client._queryQueue.length]
})

parity('P-5: the callback of a query just issued may be replaced', async ({ connect, log }) => {
  const client = await connect()
  const promise = client.query('select 1 as n')
  const query = client._queryQueue.at(-1) || client._activeQuery
  const { callback } = query
  query.callback = (...args) => {
    log('wrapped', args.length)
    callback(...args)
  }
  log('rows', (await promise).rows)
})

parity('a client carries properties that others put there', async ({ newPool }) => {
  const pool = newPool({ max: 1 })
  const client = await pool.connect()
  client.$useCount = 5
  client.release()
  const again = await pool.connect()
  const seen = [again === client, again.$useCount]
  again.release()
  return seen
})

parity('SP: getStartupConf', async ({ newClient }) => {
  const config = {
    user: 'u',
    database: 'd',
    application_name: '',
    fallback_application_name: 'fallback',
    statement_timeout: '5.9',
    lock_timeout: 1.5,
    options: '-c a=b',
    replication: true,
  }
  return [newClient({ user: 'u', database: 'd' }).getStartupConf(), newClient(config).getStartupConf()]
})
