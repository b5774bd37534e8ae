'use strict'

// Catalogue PL-7 to PL-10: what a pool emits, and in which order.

const { parity, deviation } = require('./harness')
const { terminate, busy } = require('./terminate')

const EVENTS = ['connect', 'acquire', 'release', 'remove', 'error']

const watch = ({ newPool, log }, config) => log.events(newPool(config), EVENTS)
const counts = (pool) => [pool.totalCount, pool.idleCount, pool.waitingCount]

parity('PL-8: a new checkout', async (context) => {
  const { log } = context
  const pool = watch(context)
  const client = await pool.connect()
  log('served')
  client.release()
  log('released')
})

parity('PL-8: a new checkout by callback', async (context) => {
  const { log } = context
  const pool = watch(context)
  await new Promise((resolve) =>
    pool.connect((error, client, release) => {
      log('callback')
      release()
      log('released')
      resolve()
    })
  )
})

parity('PL-8: an idle checkout', async (context) => {
  const { log } = context
  const pool = watch(context)
  ;(await pool.connect()).release()
  log('again')
  const client = await pool.connect()
  log('served')
  client.release()
})

parity('PL-8: the arguments of events are the client itself', async ({ newPool, log, eventOf }) => {
  const pool = newPool()
  const seen = {}
  for (const name of EVENTS) pool.on(name, (...args) => (seen[name] = args))
  const client = await pool.connect()
  const error = new Error('mine')
  const removed = eventOf(pool, 'remove')
  client.release(error)
  await removed
  log(
    'same',
    seen.connect[0] === client,
    seen.acquire[0] === client,
    seen.release[1] === client,
    seen.release[0] === error,
    seen.remove[0] === client
  )
  log('lengths', ...EVENTS.map((name) => seen[name]?.length))
})

parity('PL-8: what is on the client when connect and acquire come', async ({ newPool, log }) => {
  const pool = newPool()
  pool.on('connect', (client) =>
    log('connect', client._connected, typeof client.release, client.processID > 0)
  )
  pool.on('acquire', (client) => log('acquire', typeof client.release, ...counts(pool)))
  pool.on('release', (error, client) => log('release', error, client._poolUseCount, ...counts(pool)))
  const client = await pool.connect()
  client.release()
  ;(await pool.connect()).release()
})

parity('PL-8: pool.query emits as a checkout does', async (context) => {
  const { log } = context
  const pool = watch(context, { max: 1 })
  log('answer', (await pool.query('select 1 as n')).rows)
  log('answer', (await pool.query('select 2 as n')).rows)
})

parity('PL-8: pool.query by callback emits release before the callback', async (context) => {
  const { log } = context
  const pool = watch(context, { max: 1 })
  const callback = log.callback('callback')
  pool.query('select 1 as n', callback)
  await callback.called
})

parity('PL-8: queries queued in the connect event run before those of the checkout', async ({ newPool }) => {
  const pool = newPool({ max: 1 })
  pool.on('connect', (client) => {
    client.query("set application_name = 'from connect'")
  })
  const first = (await pool.query('show application_name')).rows
  const client = await pool.connect()
  const { rows } = await client.query('show application_name')
  client.release()
  return [first, rows]
})

parity('PL-8: two checkouts at once', async (context) => {
  const { log } = context
  const pool = watch(context, { max: 1 })
  const both = [1, 2].map((n) =>
    pool.connect().then((client) => {
      log(`served ${n}`)
      client.release()
    })
  )
  await Promise.all(both)
})

parity('PL-7: remove comes once the client has ended', async (context) => {
  const { log, eventOf } = context
  const pool = watch(context)
  const client = await pool.connect()
  client.on('end', () => log('end of the client'))
  const removed = eventOf(pool, 'remove')
  client.release(true)
  log('released', ...counts(pool))
  await removed
  await context.turn()
})

parity('PL-7: a client is ended through its own property', async ({ newPool, log, eventOf }) => {
  const pool = newPool()
  const client = await pool.connect()
  const { end } = client
  client.end = function (...args) {
    log('end', args.length, this === client)
    return end.apply(this, args)
  }
  const removed = eventOf(pool, 'remove')
  client.release(true)
  await removed
  log('removed')
})

parity(
  'PL-9: an idle client that the server terminates is an error of the pool, then removed',
  async (context) => {
    const { log, eventOf } = context
    const pool = watch(context, { max: 1 })
    const client = await pool.connect()
    client.release()
    pool.on('error', (error, of) => log('identity', error.client === client, of === client, ...counts(pool)))
    const removed = eventOf(pool, 'remove')
    await terminate(client)
    await removed
    log('counts', ...counts(pool))
    log('next', (await pool.query('select 1 as n')).rows)
  }
)

parity('PL-9: each idle client gives one error', async (context) => {
  const { log, until } = context
  const pool = context.newPool({ max: 3 })
  pool.on('error', (error) => log('error', error.code))
  const clients = [await pool.connect(), await pool.connect(), await pool.connect()]
  clients.forEach((client) => client.release())
  let removed = 0
  pool.on('remove', () => removed++)
  for (const client of clients) await terminate(client)
  await until(() => removed === 3)
  log('counts', ...counts(pool))
})

parity('PL-10: an error of a checked-out client is not one of the pool', async (context) => {
  const { log, eventOf, until } = context
  const pool = watch(context, { max: 1 })
  const client = await pool.connect()
  log.events(client, ['error', 'end'], 'client ')
  const ended = eventOf(client, 'end')
  await terminate(client)
  await ended
  log('counts', ...counts(pool))
  client.release()
  await until(() => log.count('remove') === 1)
  log('counts', ...counts(pool))
  log('next', (await pool.query('select 1 as n')).rows)
})

parity('PL-10: an active query of a checked-out client that is terminated', async (context) => {
  const { log, eventOf, until } = context
  const pool = watch(context, { max: 1 })
  const client = await pool.connect()
  log.events(client, ['error', 'end'], 'client ')
  const ended = eventOf(client, 'end')
  const query = log.settle('query', client.query('select pg_sleep(20)'))
  await busy(client, until)
  await terminate(client)
  await Promise.all([query, ended])
  client.release()
  await until(() => log.count('remove') === 1)
})

parity('a client error is emitted on the client too', async ({ newPool, log, eventOf }) => {
  const pool = newPool({ max: 1 })
  pool.on('error', (error) => log('pool error', error.message))
  const client = await pool.connect()
  client.on('error', (error) => log('client error', error.message))
  client.release()
  const removed = eventOf(pool, 'remove')
  await terminate(client)
  await removed
})

parity('PO-12: onConnect runs before the connect event, for new clients alone', async (context) => {
  const { log } = context
  const pool = watch(context, { max: 1, onConnect: (client) => log('onConnect', client._connected) })
  ;(await pool.connect()).release()
  ;(await pool.connect()).release()
})

parity('PO-12: an async onConnect is waited for', async (context) => {
  const { log } = context
  const onConnect = async (client) => {
    await client.query("set application_name = 'hooked'")
    log('onConnect')
  }
  const pool = watch(context, { max: 1, onConnect })
  log('answer', (await pool.query('show application_name')).rows)
})

parity.each([
  ['throws', () => { throw new Error('hook') }], // prettier-ignore
  ['rejects', async () => { throw new Error('hook') }], // prettier-ignore
])(
  ([what]) => `PO-12: an onConnect that ${what} fails the checkout`,
  async (context, [, onConnect]) => {
    const { log, outcome } = context
    const pool = watch(context, { max: 1, onConnect })
    log('connect', await outcome(pool.connect()))
    log('counts', ...counts(pool))
    log('query', await outcome(pool.query('select 1')))
    log('counts', ...counts(pool))
  }
)

parity('PO-11: verify may accept', async (context) => {
  const { log } = context
  const verify = (client, done) => client.query('select 1', (error) => (log('verify'), done(error)))
  const pool = watch(context, { max: 1, verify })
  log('answer', (await pool.query('select 1 as n')).rows)
  log('answer', (await pool.query('select 2 as n')).rows)
})

parity('PO-11: verify may refuse', async (context) => {
  const { log, outcome, until } = context
  const pool = watch(context, { max: 1, verify: (client, done) => done(new Error('refused')) })
  log('connect', await outcome(pool.connect()))
  await until(() => log.count('remove') === 1)
  log('counts', ...counts(pool))
})

deviation(
  'an error of SQL in pool.query costs pg the connection, oxpg keeps it',
  async ({ newPool, outcome, until }) => {
    const pool = newPool({ max: 1 })
    let removed = 0
    const before = (await pool.query('select pg_backend_pid() as pid')).rows[0].pid
    pool.on('remove', () => removed++)
    await outcome(pool.query('select 1/0'))
    await until(() => removed === 1 || pool.idleCount === 1)
    const after = (await pool.query('select pg_backend_pid() as pid')).rows[0].pid
    return { same: before === after, removed }
  },
  { theirs: { same: false, removed: 1 }, ours: { same: true, removed: 0 } }
)
