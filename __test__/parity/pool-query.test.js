'use strict'

// Catalogue PL-12 to PL-14: pool.query. The results themselves are compared in query-paths.test.js.

const { parity, deviation } = require('./harness')
const { terminate } = require('./terminate')
const { sharedServer } = require('../support/server')

const counts = (pool) => [pool.totalCount, pool.idleCount, pool.waitingCount]

// The same case on a pool that nobody watches and on one that somebody does (design, section 5).
const PATHS = [
  ['fast', (context, config) => context.newPool(config)],
  ['watched', (context, config) => context.newPool(config).on('acquire', () => {})],
]

const onBothPaths = (name, run) => {
  for (const [path, make] of PATHS)
    parity(`${name} (${path} path)`, (context) => run(context, (config) => make(context, config)))
}

onBothPaths('PL-12: a promise without a callback, undefined with one', async ({ log }, newPool) => {
  const pool = newPool()
  const promise = pool.query('select 1 as n')
  log('promise', promise instanceof Promise, (await promise).rows)
  const callback = log.callback('callback')
  log('returned', pool.query('select 2 as n', callback))
  await callback.called
})

const forms = [
  ['(text, callback)', (pool, cb) => pool.query('select 1 as n', cb)],
  ['(text, values, callback)', (pool, cb) => pool.query('select $1::int as n', [2], cb)],
  ['(config, callback)', (pool, cb) => pool.query({ text: 'select 3 as n' }, cb)],
  ['(config, values, callback)', (pool, cb) => pool.query({ text: 'select $1::int as n' }, [4], cb)],
  ['(text, undefined, callback)', (pool, cb) => pool.query('select 5 as n', undefined, cb)],
  ['(text, null, callback)', (pool, cb) => pool.query('select 6 as n', null, cb)],
  ['(text, callback) that fails', (pool, cb) => pool.query('select wrong', cb)],
  ['({}, callback)', (pool, cb) => pool.query({}, cb)],
  ['(null, callback)', (pool, cb) => pool.query(null, cb)],
  ['(undefined, callback)', (pool, cb) => pool.query(undefined, cb)],
]

for (const [form, call] of forms) {
  onBothPaths(`PL-12: ${form} calls back once, later`, async ({ log }, newPool) => {
    const pool = newPool({ max: 1 })
    const callback = log.callback('callback')
    log('returned', call(pool, callback))
    log('after the call')
    await callback.called
  })
}

for (const args of [[], [null], [undefined], [{}], [5], ['select 1', 'values'], ['select $1', { a: 1 }]]) {
  const shown = args.map((arg) => JSON.stringify(arg) ?? 'undefined').join(', ')
  onBothPaths(
    `PL-13: pool.query(${shown}) rejects and gives the client back`,
    async ({ outcome, until }, newPool) => {
      const pool = newPool({ max: 1 })
      const refused = await outcome(() => pool.query(...args))
      const next = (await pool.query('select 1 as n')).rows
      await until(() => pool.idleCount === 1)
      return [refused, next, counts(pool)]
    }
  )
}

onBothPaths('PL-13: a function in the first place is refused later', async ({ log, outcome }, newPool) => {
  const pool = newPool()
  const callback = log.callback('callback')
  log('returned', pool.query(callback))
  log('after the call')
  await callback.called
  log('counts', ...counts(pool), (await outcome(pool.query('select 1 as n'))).resolved.rows)
})

onBothPaths('PL-13: a config.callback', async ({ log, turn }, newPool) => {
  const pool = newPool()
  const result = await pool.query({ text: 'select 1 as n', callback: log.callback('in the config') })
  log('promise', result)
  await turn()
})

onBothPaths('PL-12: counts around a query', async ({ log }, newPool) => {
  const pool = newPool({ max: 1 })
  const query = pool.query('select 1')
  log('asked', ...counts(pool))
  const second = pool.query('select 2')
  log('asked twice', ...counts(pool))
  await query
  await second
  log('answered', ...counts(pool))
})

onBothPaths('PL-12: counts in the callback', async ({ log }, newPool) => {
  const pool = newPool({ max: 1 })
  await new Promise((resolve) => pool.query('select 1', () => (log('callback', ...counts(pool)), resolve())))
})

onBothPaths(
  'many queries over few connections answer in the order asked, one connection',
  async (context, newPool) => {
    const pool = newPool({ max: 1 })
    const order = []
    const numbers = Array.from({ length: 60 }, (_, i) => i)
    await Promise.all(
      numbers.map((n) => pool.query('select $1::int as n', [n]).then(({ rows }) => order.push(rows[0].n)))
    )
    return [order, counts(pool)]
  }
)

onBothPaths('many queries over few connections all answer', async (context, newPool) => {
  const pool = newPool({ max: 3 })
  const numbers = Array.from({ length: 90 }, (_, i) => i)
  const results = await Promise.all(
    numbers.map((n) => pool.query('select $1::int as n, $2::text as t', [n, 'x'.repeat(n)]))
  )
  return [results.map(({ rows }) => rows[0]), counts(pool)]
})

onBothPaths('errors among many queries hit only their own', async ({ outcome }, newPool) => {
  const pool = newPool({ max: 2 })
  const numbers = Array.from({ length: 30 }, (_, i) => i)
  return Promise.all(
    numbers.map((n) => outcome(pool.query('select 10 / ($1::int % 3) as n', [n]).then(({ rows }) => rows)))
  )
})

onBothPaths('a session that the server ends while a query runs', async ({ outcome, until }, newPool) => {
  const pool = newPool({ max: 1 })
  const first = outcome(pool.query('select pg_terminate_backend(pg_backend_pid())'))
  const ended = await first
  await until(() => pool.totalCount === 0)
  return [ended, (await pool.query('select 1 as n')).rows]
})

onBothPaths('a query waits while another has the only client', async ({ log }, newPool) => {
  const pool = newPool({ max: 1 })
  const client = await pool.connect()
  const query = pool.query('select 1 as n').then(({ rows }) => log('query', rows))
  log('own', (await client.query('select 2 as n')).rows)
  client.release()
  await query
})

onBothPaths('the pool replaces a session that died idle', async ({ eventOf }, newPool) => {
  const pool = newPool({ max: 1 })
  pool.on('error', () => {})
  const { pid } = (await pool.query('select pg_backend_pid() as pid')).rows[0]
  const removed = eventOf(pool, 'remove')
  await terminate({ processID: pid })
  await removed
  return [(await pool.query('select pg_backend_pid() as pid')).rows[0].pid === pid, counts(pool)]
})

parity('Client.prototype.query that is patched sees pool.query', async ({ newPool, pg, log }) => {
  const original = pg.Client.prototype.query
  pg.Client.prototype.query = function (...args) {
    log('patched', args.length, typeof args[0], args[0]?.text ?? args[0], typeof args[2])
    return original.apply(this, args)
  }
  try {
    const pool = newPool()
    log('answer', (await pool.query('select 1 as n')).rows)
    log('values', (await pool.query('select $1::int as n', [2])).rows)
  } finally {
    pg.Client.prototype.query = original
  }
})

parity('Pool.prototype.connect that is patched sees pool.query', async ({ newPool, pg, log }) => {
  let prototype = pg.Pool.prototype
  while (!Object.hasOwn(prototype, 'connect')) prototype = Object.getPrototypeOf(prototype)
  const original = prototype.connect
  prototype.connect = function (...args) {
    log('patched', args.length, typeof args[0])
    return original.apply(this, args)
  }
  try {
    log('answer', (await newPool().query('select 1 as n')).rows)
  } finally {
    prototype.connect = original
  }
})

parity('a connect of the pool itself sees pool.query', async ({ newPool, log }) => {
  const pool = newPool()
  const { connect } = pool
  pool.connect = function (...args) {
    log('connect', args.length)
    return connect.apply(this, args)
  }
  log('answer', (await pool.query('select 1 as n')).rows)
})

parity('a query of the client itself sees pool.query', async ({ newPool, log }) => {
  const pool = newPool({ max: 1 })
  const client = await pool.connect()
  const { query } = client
  client.query = function (...args) {
    log('query', args.length, args[0])
    return query.apply(this, args)
  }
  client.release()
  log('answer', (await pool.query('select 1 as n')).rows)
})

parity('a subclass of Client sees pool.query', async ({ newPool, pg, log }) => {
  class MyClient extends pg.Client {
    query(...args) {
      log('query', args[0])
      return super.query(...args)
    }
  }
  const pool = newPool({ Client: MyClient })
  log('answer', (await pool.query('select 1 as n')).rows)
  const client = await pool.connect()
  log('class', client instanceof MyClient, pool.Client === MyClient)
  client.release()
})

parity('a pool works for long with every way to use it mixed', async ({ newPool, outcome }) => {
  const pool = newPool({ max: 3 })
  const work = Array.from({ length: 40 }, async (_, i) => {
    if (i % 4 === 0) return (await pool.query('select $1::int as n', [i])).rows[0].n
    if (i % 4 === 1)
      return new Promise((resolve) =>
        pool.query('select $1::int as n', [i], (error, result) => resolve(result.rows[0].n))
      )
    if (i % 4 === 2) return (await outcome(pool.query('select 1 / 0'))).rejected.code
    const client = await pool.connect()
    try {
      await client.query('begin')
      const { rows } = await client.query('select $1::int as n', [i])
      await client.query('commit')
      return rows[0].n
    } finally {
      client.release()
    }
  })
  return Promise.all(work)
})

parity('the sessions of a pool are gone from the server after end()', async ({ newPool, until }) => {
  const name = 'parity pool query'
  const pool = newPool({ max: 2, application_name: name })
  await Promise.all([pool.query('select 1'), pool.query('select 2')])
  await pool.end()
  const left = async () =>
    (await sharedServer().query('select 1 from pg_stat_activity where application_name = $1', [name])).rows
      .length
  return until(async () => (await left()) === 0)
})

for (const [path, make] of PATHS) {
  deviation(
    `begin through pool.query stays open in pg, ends with its release in oxpg (${path} path)`,
    async (context) => {
      const pool = make(context, { max: 1 })
      for (const sql of ['begin', 'create temp table kept(a int)', 'rollback']) await pool.query(sql)
      const { rows } = await pool.query("select to_regclass('kept') is null as rolled_back")
      return rows[0].rolled_back
    },
    { theirs: true, ours: false }
  )
}
