'use strict'

// Catalogue PO-9, PO-11, PO-13 and PL-14, PL-17: promises of the application's own, hooks, and Submittables.

const { parity, deviation } = require('./harness')

const counts = (pool) => [pool.totalCount, pool.idleCount, pool.waitingCount]

/** Knows who made it. */
class OwnPromise extends Promise {}

parity(
  'PO-9: every promise of a pool is of the class that was asked for',
  async ({ newPool, log, outcome }) => {
    const pool = newPool({ Promise: OwnPromise, max: 1 })
    const seen = (what, promise) => {
      log(what, promise instanceof OwnPromise)
      return outcome(promise)
    }
    log('class', pool.Promise === OwnPromise)
    const { resolved: client } = await seen('connect', pool.connect())
    await seen('query of the client', client.query('select 1'))
    client.release()
    await seen('query', pool.query('select 1'))
    log('failing', (await seen('failing query', pool.query('select 1/0'))).rejected.code)
    await seen(
      'query of a function',
      pool.query(() => {})
    )
    await seen('end', pool.end())
    await seen('second end', pool.end())
    await seen('connect after end', pool.connect())
    await seen('query after end', pool.query('select 1'))
  }
)

parity(
  'PO-9: the deprecation of Promise is told once',
  async ({ newPool, log, eventOf }) => {
    const warned = eventOf(process, 'warning')
    process.on('warning', (warning) => log('warning', warning.name, warning.message))
    const pool = newPool({ Promise: OwnPromise, max: 2 })
    await Promise.all([pool.query('select 1'), pool.query('select 2')])
    await warned
    await pool.query('select 3')
  },
  { child: {} }
)

parity('PO-11: verify gets a client that can be queried, once per new client', async ({ newPool, log }) => {
  const verify = (client, done) =>
    client.query('select 1 as n', (error, result) => {
      log('verify', error, result.rows, typeof client.release)
      done(error)
    })
  const pool = newPool({ verify, max: 1 })
  log('answer', (await pool.query('select 2 as n')).rows)
  log('given', await new Promise((resolve) => pool.connect((...args) => (args[2](), resolve(args.length)))))
})

parity('PO-11: a verify that refuses gives its error and no client', async ({ newPool, log, until }) => {
  const pool = newPool({ verify: (client, done) => setImmediate(done, new Error('refused')), max: 1 })
  const args = await new Promise((resolve) => pool.connect((...given) => resolve(given)))
  log('given', args.length, args[0], args[1], typeof args[2], args[2]())
  await until(() => pool.totalCount === 0)
})

parity(
  'PO-11: verify runs before the waiter is served, and its client serves the next',
  async ({ newPool, log }) => {
    let first = true
    const verify = (client, done) => {
      log('verify')
      setImmediate(done, first ? new Error('refused') : undefined)
      first = false
    }
    const pool = newPool({ verify, max: 1 })
    const asked = [1, 2].map((n) =>
      log.settle(
        `query ${n}`,
        pool.query(`select ${n} as n`).then(({ rows }) => rows)
      )
    )
    await Promise.all(asked)
  }
)

parity('PO-13: options of clients reach the clients', async ({ newPool }) => {
  const pool = newPool({
    pipeline: false,
    application_name: 'of a pool',
    statement_timeout: 4000,
    binary: false,
  })
  const client = await pool.connect()
  const { rows } = await client.query("select current_setting('statement_timeout') as limit")
  client.release()
  return [client.pipeline, client.binary, rows, client.connectionParameters.application_name]
})

parity('PL-14: a Query without a callback', async ({ newPool, pg, log }) => {
  const pool = newPool({ max: 1 })
  const query = new pg.Query('select $1::int as n', [1])
  log.events(query, ['row', 'error', 'end'])
  log('answer', (await pool.query(query)).rows)
  log('counts', ...counts(pool))
})

parity('PL-14: a Query without a callback that fails', async ({ newPool, pg, log, outcome, until }) => {
  const pool = newPool({ max: 1 })
  log('failed', (await outcome(pool.query(new pg.Query('select 1/0')))).rejected.code)
  // What becomes of the connection differs: DV-1.
  await until(() => pool.totalCount === pool.idleCount)
})

deviation(
  'a Query with a callback of its own keeps its client for ever in pg, and gives it back in oxpg',
  async ({ newPool, pg, turn }) => {
    const pool = newPool({ max: 1 })
    const log = []
    let asked
    await new Promise((resolve) => {
      const query = new pg.Query('select 1 as n', (error, { rows }) => (log.push(rows[0].n), resolve()))
      asked = pool.query(query).then(({ rows }) => log.push(`resolved ${rows[0].n}`))
      asked.catch(() => {})
    })
    await turn()
    const seen = [...log, pool.idleCount]
    for (const client of pool._clients) if (pool.idleCount === 0) client.release()
    return seen
  },
  { theirs: [1, 0], ours: [1, 'resolved 1', 1] }
)

parity(
  'PL-17: a client that comes after its waiter has given up is idle',
  async ({ newPool, log, outcome, until }) => {
    const pool = newPool({ max: 1, connectionTimeoutMillis: 1000 })
    const client = await pool.connect()
    let calls = 0
    const late = new Promise((resolve) => pool.connect((error) => (calls++, resolve(error.message))))
    log('late', await late)
    client.release()
    await until(() => pool.idleCount === 1)
    log('counts', calls, ...counts(pool))
    log('next', (await outcome(pool.query('select 1 as n'))).resolved.rows)
  }
)

const MESSAGES = [
  ['connect after end', async (pool) => (await pool.end(), pool.connect())],
  ['query after end', async (pool) => (await pool.end(), pool.query('select 1'))],
  ['end after end', async (pool) => (await pool.end(), pool.end())],
  ['a function as query', (pool) => new Promise((resolve, reject) => pool.query(reject))],
  [
    'a second release',
    async (pool) =>
      [1, 2].map(
        (
          (client) => () =>
            client.release()
        )(await pool.connect())
      ),
  ],
]

parity.each(MESSAGES)(
  ([what]) => `section 8: what is said to ${what}`,
  async ({ newPool, outcome }, [, misuse]) => (await outcome(misuse(newPool({ max: 1 })))).rejected
)
