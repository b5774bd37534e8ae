'use strict'

// Catalogue 4.2, PL-1 to PL-6 and PL-11: checking clients out and giving them back.

const { parity, deviation } = require('./harness')

const counts = (pool) => [pool.totalCount, pool.idleCount, pool.waitingCount, pool.expiredCount]

parity('PL-1: a new pool has no clients', async ({ newPool, turn }) => {
  const pool = newPool()
  const before = counts(pool)
  await turn()
  return [before, counts(pool)]
})

parity('PL-1: counts are right at once after each call', async ({ newPool, log }) => {
  const pool = newPool({ max: 2 })
  const at = (label) => log(label, ...counts(pool))
  at('made')
  const first = pool.connect()
  at('first asked')
  const second = pool.connect()
  at('second asked')
  const third = pool.connect()
  at('third asked')
  const [one, two] = [await first, await second]
  at('two served')
  one.release()
  at('one released')
  const three = await third
  at('third served')
  two.release()
  at('two released')
  three.release()
  at('all released')
  // Counts within the turn of the next checkout differ: see deviations.test.js.
  ;(await pool.connect()).release()
  at('released again')
})

parity('PL-1: counts with pool.query', async ({ newPool, log }) => {
  const pool = newPool({ max: 2 })
  const at = (label) => log(label, ...counts(pool))
  const queries = [1, 2, 3, 4].map((n) => pool.query('select $1::int as n', [n]))
  at('asked')
  await Promise.all(queries)
  at('answered')
  await pool.query('select 1')
  at('answered one')
})

parity('PL-2: idle clients are handed out last in, first out', async ({ newPool }) => {
  const pool = newPool({ max: 3 })
  const clients = [await pool.connect(), await pool.connect(), await pool.connect()]
  for (const i of [1, 0, 2]) clients[i].release()
  const order = [await pool.connect(), await pool.connect(), await pool.connect()]
  const seen = order.map((client) => clients.indexOf(client))
  order.forEach((client) => client.release())
  return seen
})

parity('PL-2: pool.query takes the client released last', async ({ newPool }) => {
  const pool = newPool({ max: 3 })
  const clients = [await pool.connect(), await pool.connect(), await pool.connect()]
  for (const i of [2, 0, 1]) clients[i].release()
  const seen = []
  for (let i = 0; i < 3; i++) {
    const { pid } = (await pool.query('select pg_backend_pid() as pid')).rows[0]
    seen.push(clients.findIndex((client) => client.processID === pid))
  }
  return seen
})

parity('PL-2: waiters are served first in, first out', async ({ newPool, log }) => {
  const pool = newPool({ max: 1 })
  const client = await pool.connect()
  const waiters = ['a', 'b', 'c', 'd'].map((name) =>
    pool.connect().then((given) => {
      log(name, ...counts(pool))
      given.release()
    })
  )
  client.release()
  await Promise.all(waiters)
})

parity('PL-3: an idle client is never handed out within the call', async ({ newPool, log }) => {
  const pool = newPool({ max: 1 })
  ;(await pool.connect()).release()
  const called = new Promise((resolve) =>
    pool.connect((error, client, release) => {
      log('callback')
      release()
      resolve()
    })
  )
  log('after the call')
  await called
})

parity('PL-4: connect() resolves to a client with release', async ({ newPool, pg }) => {
  const pool = newPool()
  const promise = pool.connect()
  const client = await promise
  const seen = [
    promise instanceof Promise,
    client instanceof pg.Client,
    typeof client.release,
    client.release.length,
  ]
  client.release()
  return seen
})

parity('PL-4: connect(callback) gives undefined, client and release', async ({ newPool, log, pg }) => {
  const pool = newPool()
  const args = await new Promise((resolve) =>
    log(
      'returned',
      pool.connect((...given) => resolve(given))
    )
  )
  const [error, client, release] = args
  log('args', args.length, error, client instanceof pg.Client, typeof release, client.release === release)
  release()
  log('counts', ...counts(pool))
})

parity(
  'PL-4: connect(callback) that fails gives error, undefined and a function',
  async ({ newPool, log }) => {
    const pool = newPool({ password: 'wrong' })
    const args = await new Promise((resolve) =>
      log(
        'returned',
        pool.connect((...given) => resolve(given))
      )
    )
    log('args', args.length, ...args)
    log('release', args[2]())
    log('counts', ...counts(pool))
  }
)

parity('PL-4: connect() that fails rejects', async ({ newPool, outcome }) => {
  const pool = newPool({ database: 'parity_nowhere' })
  const first = await outcome(pool.connect())
  return [first, counts(pool), await outcome(pool.query('select 1')), counts(pool)]
})

parity('PL-11: a failed connect lets the next waiter try', async ({ newPool, log }) => {
  const pool = newPool({ max: 1, password: 'wrong' })
  const tries = [1, 2, 3].map((n) => log.settle(`try ${n}`, pool.connect()))
  log('asked', ...counts(pool))
  await Promise.all(tries)
  log('done', ...counts(pool))
})

parity('PL-11: counts within the callback of a failed connect', async ({ newPool, log }) => {
  const pool = newPool({ max: 1, password: 'wrong' })
  await new Promise((resolve) => {
    pool.connect((error) => {
      log('callback', error.code, ...counts(pool))
      resolve()
    })
  })
})

parity('a pool whose password becomes right serves later callers', async ({ newPool, config, outcome }) => {
  let password = 'wrong'
  const pool = newPool({ password: () => password })
  const refused = await outcome(pool.query('select 1 as n'))
  password = config.password
  return [refused, (await pool.query('select 1 as n')).rows]
})

parity('PL-6: a second release throws, every time', async ({ newPool, attempt }) => {
  const pool = newPool()
  const client = await pool.connect()
  client.release()
  return [
    attempt(() => client.release()),
    attempt(() => client.release(true)),
    attempt(() => client.release(new Error('x'))),
    counts(pool),
  ]
})

parity(
  'PL-6: release of a former checkout throws while another has the client',
  async ({ newPool, attempt }) => {
    const pool = newPool({ max: 1 })
    const first = await pool.connect()
    const { release } = first
    release()
    const second = await pool.connect()
    const seen = [first === second, second.release === release, attempt(release), counts(pool)]
    second.release()
    return seen
  }
)

parity('PL-6: release may be called without its client', async ({ newPool }) => {
  const pool = newPool()
  const { release } = await pool.connect()
  return [release(), counts(pool)]
})

const releases = [
  ['nothing', []],
  ['undefined', [undefined]],
  ['null', [null]],
  ['false', [false]],
  ['zero', [0]],
  ['an empty text', ['']],
  ['true', [true]],
  ['an Error', [new Error('broken')]],
  ['a text', ['broken']],
  ['an object', [{}]],
]

parity.each(releases)(
  ([what]) => `PL-5: release of ${what}`,
  async ({ newPool, log, until }, [, args]) => {
    const pool = log.events(newPool({ max: 1 }), ['release', 'remove', 'acquire', 'connect'])
    const client = await pool.connect()
    log('returned', client.release(...args))
    log('counts', ...counts(pool))
    if (pool.totalCount === 0) await until(() => log.count('remove') === 1)
    const next = await pool.connect()
    log('same', next === client, ...counts(pool))
    next.release()
  }
)

parity('PL-5: release(true) ends the session on the server', async ({ newPool, connect, until, eventOf }) => {
  const [pool, observer] = [newPool({ max: 1 }), await connect()]
  const client = await pool.connect()
  const removed = eventOf(pool, 'remove')
  client.release(true)
  await removed
  const alive = async () =>
    (await observer.query('select 1 from pg_stat_activity where pid = $1', [client.processID])).rows.length
  await until(async () => (await alive()) === 0)
  return counts(pool)
})

parity('PL-5: a waiter gets a new client after release(true)', async ({ newPool, log }) => {
  // When `remove` comes depends on the socket: oxpg does not wait for it (DV-18).
  const pool = log.events(newPool({ max: 1 }), ['connect', 'release'])
  const client = await pool.connect()
  const waiting = pool.connect().then((next) => {
    log('served', next === client, ...counts(pool))
    next.release()
  })
  client.release(true)
  await waiting
})

parity('PL-5: a client that was ended by hand is not reused', async ({ newPool, log, until }) => {
  const pool = log.events(newPool({ max: 1 }), ['remove', 'error'])
  const client = await pool.connect()
  await client.end()
  client.release()
  log('counts', ...counts(pool))
  await until(() => log.count('remove') === 1)
  const next = await pool.connect()
  log('same', next === client)
  next.release()
})

parity('a physical connection is one Client object at every checkout', async ({ newPool }) => {
  const pool = newPool({ max: 1 })
  const seen = new Set()
  for (let i = 0; i < 5; i++) {
    const client = await pool.connect()
    seen.add(client)
    client.release()
  }
  return seen.size
})

parity('a client keeps its session state over checkouts', async ({ newPool }) => {
  const pool = newPool({ max: 1 })
  await pool.query("set application_name = 'kept'")
  const client = await pool.connect()
  const { rows } = await client.query('show application_name')
  client.release()
  return [rows, (await pool.query('show application_name')).rows]
})

parity('listeners put on a client stay', async ({ newPool, log }) => {
  const pool = newPool({ max: 1 })
  const client = await pool.connect()
  client.on('notice', (notice) => log('notice', notice.message))
  client.release()
  await pool.query("do $$ begin raise notice 'heard'; end $$")
  log('end')
})

parity('PL-9: listeners of a pool on its clients', async ({ newPool }) => {
  const pool = newPool({ max: 1 })
  const client = await pool.connect()
  const out = client.listenerCount('error')
  client.release()
  const idle = client.listenerCount('error')
  const again = await pool.connect()
  const seen = [out, idle, again.listenerCount('error')]
  again.release()
  return seen
})

parity('queries pending at release still answer', async ({ newPool, log }) => {
  const pool = newPool({ max: 1 })
  const client = await pool.connect()
  const query = log.settle('pending', client.query('select pg_sleep(0.01), 1 as n'))
  client.release()
  await Promise.all([query, log.settle('next', pool.query('select 2 as n'))])
})

parity('a query on a client after its release', async ({ newPool, outcome }) => {
  const pool = newPool({ max: 1 })
  const client = await pool.connect()
  client.release()
  return outcome(client.query('select 1 as n'))
})

deviation(
  'a client released inside a transaction is handed on dirty by pg, clean by oxpg',
  async ({ newPool }) => {
    const pool = newPool({ max: 1 })
    const client = await pool.connect()
    await client.query('begin')
    await client.query("set local application_name = 'dirty'")
    client.release()
    const { rows } = await pool.query("select current_setting('application_name') = 'dirty' as dirty")
    await pool.query('rollback')
    return rows[0].dirty
  },
  { theirs: true, ours: false }
)
