'use strict'

// Catalogue 4.1 and TO-5, PL-17, PL-19: limits of time and use.

const { parity } = require('./harness')
const { startFakeServer } = require('../support/fake-server')

const EVENTS = ['connect', 'acquire', 'release', 'remove', 'error']
const counts = (pool) => [pool.totalCount, pool.idleCount, pool.waitingCount]

parity('PO-5: maxUses of 1 makes a new client for every checkout', async ({ newPool, log, until }) => {
  const pool = log.events(newPool({ max: 1, maxUses: 1 }), EVENTS)
  const seen = new Set()
  for (let i = 0; i < 3; i++) {
    const client = await pool.connect()
    seen.add(client)
    client.release()
    log('released', ...counts(pool))
    await until(() => log.count('remove') === i + 1)
  }
  return seen.size
})

parity('PO-5: maxUses of 3 counts checkouts', async ({ newPool }) => {
  const pool = newPool({ max: 1, maxUses: 3 })
  const pids = []
  for (let i = 0; i < 7; i++) pids.push((await pool.query('select pg_backend_pid() as pid')).rows[0].pid)
  return pids.map((pid) => pids.indexOf(pid))
})

parity('PO-5: maxUses with waiters serves them all', async ({ newPool }) => {
  const pool = newPool({ max: 1, maxUses: 2 })
  const results = await Promise.all([1, 2, 3, 4, 5].map((n) => pool.query('select $1::int as n', [n])))
  return results.map(({ rows }) => rows[0].n)
})

parity('PO-3: an idle client is removed after idleTimeoutMillis', async ({ newPool, log, eventOf }) => {
  const pool = log.events(newPool({ max: 1, idleTimeoutMillis: 60 }), EVENTS)
  const removed = eventOf(pool, 'remove')
  ;(await pool.connect()).release()
  log('idle', ...counts(pool))
  await removed
  log('removed', ...counts(pool))
})

parity('PO-3: idleTimeoutMillis for pool.query', async ({ newPool, eventOf }) => {
  const pool = newPool({ max: 1, idleTimeoutMillis: 60 })
  const removed = eventOf(pool, 'remove')
  await pool.query('select 1')
  // How long it is idle before JavaScript looks is nobody's promise.
  await removed
  return [counts(pool), (await pool.query('select 2 as n')).rows]
})

parity('PO-2: min keeps clients beyond idleTimeoutMillis', async ({ newPool, log, until }) => {
  const pool = log.events(newPool({ max: 3, min: 1, idleTimeoutMillis: 60 }), ['remove'])
  const clients = [await pool.connect(), await pool.connect(), await pool.connect()]
  clients.forEach((client) => client.release())
  log('idle', ...counts(pool))
  await until(() => log.count('remove') === 2)
  // One more wait of several idle timeouts: the last one stays.
  await pool.query('select pg_sleep(0.2)')
  log('kept', ...counts(pool))
})

parity('PO-2: min makes no clients beforehand', async ({ newPool, turn }) => {
  const pool = newPool({ min: 2 })
  await turn()
  return counts(pool)
})

parity('TO-5: waiting in a full pool times out', async ({ newPool, log, outcome }) => {
  const pool = newPool({ max: 1, connectionTimeoutMillis: 200 })
  const client = await pool.connect()
  log('connect', await outcome(pool.connect()))
  log('counts', ...counts(pool))
  const callback = log.callback('callback')
  log('returned', pool.connect(callback))
  log('query', await outcome(pool.query('select 1')))
  await callback.called
  client.release()
  log('counts', ...counts(pool))
  log('next', (await pool.query('select 1 as n')).rows)
})

// The limit is the first connect's as well, and a busy machine may miss it.
async function firstClient(pool) {
  for (;;) {
    const client = await pool.connect().catch(() => undefined)
    if (client !== undefined) return client
  }
}

parity(
  'PL-17: a client that comes back after its waiter timed out is idle',
  async ({ newPool, outcome, log }) => {
    const pool = newPool({ max: 1, connectionTimeoutMillis: 200 })
    const client = await firstClient(pool)
    let calls = 0
    await new Promise((resolve) => pool.connect(() => (calls++, resolve())))
    client.release()
    log('counts', calls, ...counts(pool))
    log('next', await outcome(pool.query('select 1 as n').then(({ rows }) => rows)), calls)
  }
)

parity(
  'TO-5: a server that does not answer times out the checkout',
  async ({ newPool, log, outcome, defer }) => {
    const server = await startFakeServer((peer) => peer.gone())
    defer(() => server.close())
    const pool = log.events(
      newPool({ host: server.host, port: server.port, max: 1, connectionTimeoutMillis: 40 }),
      EVENTS
    )
    const { rejected } = await outcome(pool.connect())
    log('connect', rejected.message, rejected.constructor.name, rejected.cause?.message)
    log('counts', ...counts(pool))
    const query = await outcome(pool.query('select 1'))
    log('query', query.rejected.message, query.rejected.cause?.message)
    log('counts', ...counts(pool))
  }
)

parity('a checkout within connectionTimeoutMillis leaves no timer behind', async ({ newPool, outcome }) => {
  const pool = newPool({ max: 1, connectionTimeoutMillis: 250 })
  const client = await pool.connect()
  await client.query('select pg_sleep(0.3)')
  client.release()
  return outcome(pool.query('select 1 as n').then(({ rows }) => rows))
})

parity('PO-6: maxLifetimeSeconds removes an idle client', async ({ newPool, eventOf }) => {
  const pool = newPool({ max: 1, maxLifetimeSeconds: 0.1 })
  const removed = eventOf(pool, 'remove')
  await pool.query('select 1')
  const before = counts(pool)
  await removed
  return [before, counts(pool)]
})

parity(
  'PL-19: maxLifetimeSeconds marks a busy client, which goes at its release',
  async ({ newPool, log, until }) => {
    const pool = log.events(newPool({ max: 1, maxLifetimeSeconds: 0.1 }), ['remove', 'release'])
    const client = await pool.connect()
    log('fresh', pool.expiredCount)
    await until(() => pool.expiredCount === 1)
    log('answer', (await client.query('select 1 as n')).rows)
    client.release()
    log('counts', ...counts(pool), pool.expiredCount)
    await until(() => log.count('remove') === 1)
  }
)

// PO-7: what keeps a process alive is seen in a process: it runs to its end by itself, or the child is killed.
parity.each([
  ['an idle pool with allowExitOnIdle', true],
  ['an idle pool with a short idle timeout', false],
])(
  ([what]) => `PO-7: ${what} lets the process exit`,
  async ({ pg, config }, [, allowExitOnIdle]) => {
    const pool = new pg.Pool({ ...config, allowExitOnIdle, idleTimeoutMillis: allowExitOnIdle ? 60000 : 30 })
    return (await pool.query('select 1 as n')).rows
  },
  () => ({ child: {} })
)
