'use strict'

// Catalogue section 1: what the module gives.

const { parity, deviation } = require('./harness')

parity('M-1: the keys of the module, in order', async ({ pg }) => Object.keys(pg))

parity('E-1 to E-13: what kind of thing each export is', async ({ pg }) =>
  Object.keys(pg).map((key) => [
    key,
    typeof pg[key],
    typeof pg[key] === 'function' && key !== 'Pool' ? pg[key].name : '',
    typeof pg[key] === 'function' ? pg[key].length : 0,
  ])
)

parity('E-14: native is no enumerable key', async ({ pg }) => {
  const { configurable, enumerable } = Object.getOwnPropertyDescriptor(pg, 'native')
  return { configurable, enumerable, inKeys: Object.keys(pg).includes('native') }
})

deviation(
  'E-14: native, without pg-native (DV-26)',
  async ({ pg }) => [pg.native === null, pg.native?.Client === pg.Client, pg.native?.Pool === pg.Pool],
  { theirs: [true, false, false], ours: [false, true, true] }
)

parity('the module is no plain object', async ({ pg }) => Object.getPrototypeOf(pg) !== Object.prototype)

parity('E-1, E-2, E-3: classes need new', async ({ pg, attempt }) =>
  ['Client', 'Pool', 'Query'].map((name) => {
    const { threw } = attempt(() => pg[name]())
    return [name, threw?.constructor.name]
  })
)

parity('E-1, E-2: Client and Pool can be subclassed', async ({ pg, config }) => {
  class MyClient extends pg.Client {
    async query(...args) {
      const result = await super.query(...args)
      return result.rows
    }
  }
  class MyPool extends pg.Pool {
    hello() {
      return 'hello'
    }
  }
  const client = new MyClient(config)
  const pool = new MyPool(config)
  await client.connect()
  const seen = [
    await client.query('select 1 as n'),
    client instanceof pg.Client,
    pool.hello(),
    pool instanceof pg.Pool,
    (await pool.query('select 2 as n')).rows,
  ]
  await Promise.all([client.end(), pool.end()])
  return seen
})

parity('E-2: the kind of Pool', async ({ pg }) => {
  const { EventEmitter } = require('events')
  return {
    emitter: pg.Pool.prototype instanceof EventEmitter,
    name: /Pool/.test(pg.Pool.name),
    length: pg.Pool.length,
  }
})

parity('M-6, E-5, E-7: identities between exports', async ({ pg }) => ({
  errors: pg.DatabaseError === require('pg-protocol').DatabaseError,
  types: pg.types === require('pg-types'),
  query: pg.Client.Query === pg.Query,
  emitter: pg.Client.prototype instanceof require('events').EventEmitter,
}))

parity('E-12: utils', async ({ pg }) => [
  Object.keys(pg.utils),
  pg.utils.escapeLiteral === pg.escapeLiteral,
  pg.utils.escapeIdentifier === pg.escapeIdentifier,
])

parity('E-12: utils.normalizeQueryConfig', async ({ pg }) => {
  const callback = () => {}
  const config = { text: 'a', values: [1] }
  return [
    ['a'],
    ['a', [1]],
    ['a', callback],
    ['a', [1], callback],
    [config],
    [config, [2]],
    [config, callback],
    [null],
    [undefined, [1]].slice(0, 1),
  ].map((args) => pg.utils.normalizeQueryConfig(...args))
})

parity('E-6, D-4: defaults', async ({ pg }) => pg.defaults)

parity('D-3: parseInt8 is a setter', async ({ pg }) => {
  const { set, get, enumerable, configurable } = Object.getOwnPropertyDescriptor(pg.defaults, 'parseInt8')
  return [typeof set, typeof get, enumerable, configurable, pg.defaults.parseInt8]
})

parity('D-1: defaults are read when a client is made', async ({ pg }) => {
  const before = { ...pg.defaults }
  Object.assign(pg.defaults, {
    host: 'd.example',
    port: 7,
    user: 'default user',
    database: 'default database',
    password: 'default secret',
    application_name: 'default app',
  })
  try {
    const client = new pg.Client()
    return [
      client.host,
      client.port,
      client.user,
      client.database,
      client.password,
      client.connectionParameters.application_name,
    ]
  } finally {
    for (const key of ['host', 'port', 'user', 'database', 'password', 'application_name'])
      pg.defaults[key] = before[key]
  }
})

parity('the methods of Client', async ({ pg }) => {
  const names = [
    'connect',
    'query',
    'end',
    'ref',
    'unref',
    'getTransactionStatus',
    'setTypeParser',
    'getTypeParser',
    'escapeIdentifier',
    'escapeLiteral',
    'cancel',
    'getStartupConf',
  ]
  return names.map((name) => {
    const { writable, configurable, enumerable, value } =
      Object.getOwnPropertyDescriptor(pg.Client.prototype, name) ?? {}
    return [name, typeof value, value?.length, writable, configurable, enumerable]
  })
})

parity('the methods of Pool', async ({ pg }) => {
  const names = ['connect', 'query', 'end', 'totalCount', 'idleCount', 'waitingCount', 'expiredCount']
  return names.map((name) => {
    let prototype = pg.Pool.prototype
    while (prototype && !Object.hasOwn(prototype, name)) prototype = Object.getPrototypeOf(prototype)
    const { writable, configurable, enumerable, value, get } = Object.getOwnPropertyDescriptor(
      prototype,
      name
    )
    return [name, typeof value, typeof get, value?.length, writable, configurable, enumerable]
  })
})

parity('E-9, R-8: the methods of Result', async ({ pg }) =>
  ['addCommandComplete', 'addFields', 'addRow', 'parseRow'].map((name) => [
    name,
    typeof pg.Result.prototype[name],
  ])
)

parity('E-17: what is gone stays gone', async ({ pg }) =>
  ['connect', 'end', 'cancel'].map((name) => name in pg)
)

parity('TY-3: builtins', async ({ pg }) => pg.types.builtins)
