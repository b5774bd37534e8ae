'use strict'

// Catalogue 4.1: the options of a pool.

const { parity } = require('./harness')

const EMITTER = new Set(['_events', '_eventsCount', '_maxListeners'])

const optionSets = [
  ['none', {}],
  ['max', { max: 3 }],
  ['poolSize', { poolSize: 4 }],
  ['max over poolSize', { max: 3, poolSize: 4 }],
  ['max of 0', { max: 0 }],
  ['max as text', { max: '5' }],
  ['min', { min: 2 }],
  ['idleTimeoutMillis of 0', { idleTimeoutMillis: 0 }],
  ['idleTimeoutMillis of null', { idleTimeoutMillis: null }],
  ['idleTimeoutMillis', { idleTimeoutMillis: 500 }],
  [
    'every limit',
    {
      max: 2,
      min: 1,
      maxUses: 5,
      maxLifetimeSeconds: 6,
      connectionTimeoutMillis: 7,
      idleTimeoutMillis: 8,
      allowExitOnIdle: true,
    },
  ],
  ['unknown keys', { surprise: 1, application_name: 'a' }],
  ['a connection string', { connectionString: 'postgres://u:p@h:1/d', max: 2 }],
]

parity.each(optionSets)(
  ([what]) => `pool.options with ${what}`,
  async ({ pg }, [, options]) => {
    const { options: seen } = new pg.Pool(options)
    return [Object.keys(seen), seen, Object.getOwnPropertyNames(seen)]
  }
)

parity('pool.options without an argument', async ({ pg }) => [
  new pg.Pool().options,
  new pg.Pool(null).options,
  new pg.Pool(undefined).options,
])

parity('pool.options is a copy whose password is hidden', async ({ pg }) => {
  const given = { password: 'p', user: 'u', max: 1 }
  const { options } = new pg.Pool(given)
  return [
    options === given,
    given,
    Object.keys(options),
    options.password,
    { ...options },
    Object.getOwnPropertyDescriptor(options, 'password'),
  ]
})

parity('pool.options makes another pool with the same password', async ({ newPool, pg }) => {
  const first = newPool({ max: 1 })
  const second = new pg.Pool(first.options)
  const { rows } = await second.query('select 1 as n')
  await second.end()
  return rows
})

parity('pool.options spread with the password makes a client', async ({ newPool, pg }) => {
  const { options, Client } = newPool()
  const client = new Client({ ...options, password: options.password })
  await client.connect()
  const { rows } = await client.query('select 1 as n')
  await client.end()
  return [rows, Client === pg.Client]
})

parity('the public properties of a pool', async ({ newPool, pg }) => {
  const pool = newPool()
  const names = ['ending', 'ended', 'totalCount', 'idleCount', 'waitingCount', 'expiredCount']
  return [
    names.map((name) => [name, pool[name]]),
    pool.Client === pg.Client,
    pool.Promise === Promise,
    typeof pool.log,
  ]
})

parity('the own enumerable keys of a pool', async ({ newPool }) =>
  Object.keys(newPool()).filter((key) => !EMITTER.has(key))
)

parity('the client of a pool has the options of the pool', async ({ newPool, config }) => {
  const pool = newPool({ application_name: 'of the pool', query_timeout: 5000 })
  const client = await pool.connect()
  const seen = [
    client.host === config.host,
    client.port === config.port,
    client.user === config.user,
    client.connectionParameters.query_timeout,
    client.connectionParameters.application_name,
  ]
  client.release()
  return seen
})

parity('PL-20: _clients holds the clients, newest last', async ({ newPool }) => {
  const pool = newPool({ max: 2 })
  const clients = [await pool.connect(), await pool.connect()]
  const seen = [
    Array.isArray(pool._clients),
    clients.map((client) => pool._clients.indexOf(client)),
    pool._idle.length,
    pool._pendingQueue.length,
  ]
  clients.forEach((client) => client.release())
  return [seen, pool._idle.length]
})

parity('PO-1: max holds', async ({ newPool }) => {
  const pool = newPool({ max: 2 })
  let most = 0
  await Promise.all(
    Array.from({ length: 12 }, async () => {
      const client = await pool.connect()
      most = Math.max(most, pool.totalCount)
      await client.query('select 1')
      client.release()
    })
  )
  return [most, pool.totalCount]
})

parity('PO-1: the default max is 10', async ({ newPool }) => {
  const pool = newPool()
  const asked = Array.from({ length: 12 }, () => pool.connect().then((client) => client.release()))
  const seen = [pool.totalCount, pool.waitingCount]
  await Promise.all(asked)
  return [seen, pool.totalCount]
})

parity('log is called with texts', async ({ newPool }) => {
  const texts = new Set()
  const pool = newPool({ max: 1, maxUses: 1, log: (text) => texts.add(typeof text) && texts.add(text) })
  const client = await pool.connect()
  client.release()
  return texts.has('remove expended client')
})
