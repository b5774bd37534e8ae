'use strict'

// Catalogue M-6 and PL-20: what a pool is an instance of, and what pg-pool's internals look like to those who look.

const PgPool = require('pg-pool')
const { parity, deviation } = require('./harness')

parity('M-6: pg.Pool is a subclass of pg-pool', async ({ pg, newPool }) => [
  pg.Pool.prototype instanceof PgPool,
  newPool() instanceof PgPool,
  newPool() instanceof pg.Pool,
  new PgPool({ Client: pg.Client }) instanceof pg.Pool,
])

parity('PL-20: the names of the constructors of a pool and of a subclass', async ({ pg }) => {
  class TenantPool extends pg.Pool {}
  return [pg.Pool, TenantPool].map((Class) => new Class().constructor.name)
})

parity('a Pool is made with new, from an object or nothing', async ({ pg, attempt }) => {
  const made = (work) => attempt(work).threw?.name ?? 'made'
  return [
    made(() => pg.Pool({})),
    made(() => new pg.Pool('postgres://u:p@h/d')),
    made(() => new pg.Pool(5)),
    made(() => new pg.Pool(false)),
    made(() => new pg.Pool([])),
  ]
})

parity('PL-20: _clients holds the clients that pool.query opened', async ({ newPool }) => {
  const pool = newPool({ max: 2 })
  await Promise.all([pool.query('select 1'), pool.query('select 1')])
  const [client] = pool._clients
  return [
    pool._clients.length,
    pool._idle.map((item) => pool._clients.includes(item.client)),
    client.processID > 0,
    pool.totalCount,
  ]
})

parity('PL-20: a client is the same at each checkout', async ({ newPool }) => {
  const pool = newPool({ max: 1 })
  await pool.query('select 1')
  const seen = pool._clients[0]
  const client = await pool.connect()
  client.release()
  const again = await pool.connect()
  again.release()
  return [client === seen, again === seen, pool._clients.length]
})

parity('PL-20: a client that connects is counted, and is not idle', async ({ newPool }) => {
  const pool = newPool({ max: 2 })
  const connecting = pool.connect()
  const seen = [pool._clients.length, pool._idle.length, pool._pendingQueue.length]
  const client = await connecting
  client.release()
  return [seen, pool._clients.length, pool._idle.length]
})

parity('PL-20: _clients of a pool that has ended', async ({ newPool }) => {
  const pool = newPool({ max: 2 })
  await pool.query('select 1')
  await pool.end()
  return [pool._clients, pool._idle, pool._pendingQueue]
})

parity('PL-18: the pool of pg-pool works with the Client', async ({ pg, config, log, outcome, eventOf }) => {
  const pool = new PgPool({ ...config, Client: pg.Client, max: 1, connectionTimeoutMillis: 5000 })
  log.events(pool, ['connect', 'acquire', 'release', 'error'])
  log('answer', (await pool.query('select 1 as n')).rows)
  const client = await pool.connect()
  const waiting = pool.query('select 2 as n')
  log('counts', pool.totalCount, pool.idleCount, pool.waitingCount)
  client.release()
  log('answer', (await waiting).rows)
  log('refused', (await outcome(pool.query('select 1/0'))).rejected.code)
  const ended = (await pool.connect()).release()
  const removed = eventOf(pool, 'remove')
  await pool.end()
  await removed
  return [ended, pool.totalCount]
})

deviation(
  'a client released while its query runs counts as idle in pg, as in use in oxpg',
  async ({ newPool }) => {
    const pool = newPool({ max: 1 })
    const client = await pool.connect()
    const query = client.query('select pg_sleep(0.02)')
    client.release()
    const seen = [pool.totalCount, pool.idleCount]
    await query
    return [...seen, pool.totalCount, pool.idleCount]
  },
  { theirs: [1, 1, 1, 1], ours: [1, 0, 1, 1] }
)
