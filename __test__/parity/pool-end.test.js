'use strict'

// Catalogue PL-15 and PL-16: ending a pool.

const { parity, deviation } = require('./harness')

const EVENTS = ['connect', 'acquire', 'release', 'remove', 'error']
const counts = (pool) => [pool.totalCount, pool.idleCount, pool.waitingCount, pool.ending, pool.ended]

parity('PL-15: end() of a pool never used', async ({ newPool, log }) => {
  const pool = newPool()
  log('made', ...counts(pool))
  const promise = pool.end()
  log('ending', promise instanceof Promise, pool.ending)
  log('ended', await promise, ...counts(pool))
})

// With idle sessions, pg calls back within the call; oxpg when their sockets are closed (see deviations.test.js).
parity('PL-15: end(callback) returns undefined and calls back once', async ({ newPool, log, turn }) => {
  const pool = newPool()
  const callback = log.callback('callback')
  log('returned', pool.end(callback))
  await callback.called
  await turn()
})

parity(
  'PL-15: the second end() is refused, by promise and by callback',
  async ({ newPool, log, outcome }) => {
    const pool = newPool()
    const first = pool.end()
    log('second', await outcome(pool.end()))
    const callback = log.callback('third')
    log('returned', pool.end(callback))
    await callback.called
    log('first', await outcome(first))
    log('fourth', await outcome(pool.end()))
  }
)

parity('PL-15: connect and query after end() are refused', async ({ newPool, log, outcome }) => {
  const pool = newPool()
  const ended = pool.end()
  log('connect while ending', await outcome(pool.connect()))
  log('query while ending', await outcome(pool.query('select 1')))
  await ended
  log('connect', await outcome(pool.connect()))
  log('query', await outcome(pool.query('select 1')))
  const callbacks = [log.callback('connect callback'), log.callback('query callback')]
  log('returned', pool.connect(callbacks[0]))
  log('returned', pool.query('select 1', callbacks[1]))
  await Promise.all(callbacks.map((callback) => callback.called))
})

parity('PL-15: end() waits for a checked-out client', async ({ newPool, log }) => {
  const pool = newPool()
  const client = await pool.connect()
  const ended = pool.end().then(() => log('ended', pool.totalCount))
  log('answer', (await client.query('select 1 as n')).rows)
  log('still', pool.ending, pool.totalCount)
  client.release()
  log('released')
  await ended
})

parity('PL-15: end() with idle and checked-out clients', async ({ newPool, log }) => {
  const pool = newPool({ max: 3 })
  const clients = [await pool.connect(), await pool.connect(), await pool.connect()]
  clients[0].release()
  clients[1].release()
  const ended = pool.end().then(() => log('ended', pool.totalCount, pool.idleCount))
  log('ending', pool.totalCount, pool.idleCount)
  clients[2].release()
  await ended
})

parity('PL-15: the events of end()', async ({ newPool, log, until }) => {
  const pool = log.events(newPool({ max: 2 }), EVENTS)
  const clients = [await pool.connect(), await pool.connect()]
  clients.forEach((client) => client.release())
  await pool.end()
  await until(() => log.count('remove') === 2)
})

parity('PL-15: a running pool.query completes', async ({ newPool, log }) => {
  const pool = newPool({ max: 1 })
  const query = pool.query('select pg_sleep(0.02), 1 as n').then(({ rows }) => log('query', rows))
  await Promise.all([query, pool.end().then(() => log('ended'))])
})

parity('PL-15: a client that is still connecting is served', async ({ newPool, log }) => {
  const pool = newPool({ max: 1 })
  const waiting = pool.connect().then(async (client) => {
    log('served', (await client.query('select 1 as n')).rows)
    client.release()
  })
  await Promise.all([waiting, pool.end().then(() => log('ended'))])
})

parity('PL-15: end() with a client that was ended by hand', async ({ newPool, log }) => {
  const pool = newPool({ max: 1 })
  const client = await pool.connect()
  await client.end()
  const ended = pool.end().then(() => log('ended'))
  client.release()
  await ended
})

parity('PL-15: end() within the release of the last client', async ({ newPool, log }) => {
  const pool = newPool({ max: 1 })
  const client = await pool.connect()
  const ended = new Promise((resolve) => pool.once('release', () => resolve(pool.end())))
  client.release()
  await ended
  log('ended', pool.totalCount)
})

parity('release(true) while ending', async ({ newPool, log }) => {
  const pool = newPool({ max: 1 })
  const client = await pool.connect()
  const ended = pool.end().then(() => log('ended'))
  client.release(true)
  await ended
})

parity('a new pool after the end of another', async ({ newPool }) => {
  const first = newPool()
  await first.query('select 1')
  await first.end()
  return (await newPool().query('select 2 as n')).rows
})

deviation(
  'waiters at end() are lost in pg, served by oxpg',
  async ({ newPool }) => {
    const pool = newPool({ max: 1 })
    const client = await pool.connect()
    let waiter = 'waiting'
    const waiting = pool.query('select 1 as n').then(
      () => (waiter = 'served'),
      () => (waiter = 'refused')
    )
    const ended = pool.end()
    client.release()
    await ended
    // pg's waiter never settles: a whole query on another pool later is late enough.
    await Promise.race([waiting, newPool().query('select pg_sleep(0.05)')])
    return waiter
  },
  { theirs: 'waiting', ours: 'served' }
)

const SHUTDOWN = ['starting async query', 'async query finished', 'starting callback query', 'calling end']

deviation(
  'in the shutdown example of the guide pg loses the callback query, oxpg prints the lines of the guide',
  async ({ newPool, log }) => {
    const pool = newPool()
    log('starting async query')
    await pool.query('select now()')
    log('async query finished')
    log('starting callback query')
    pool.query('select now()', () => log('callback query finished'))
    log('calling end')
    await pool.end()
    log('pool has drained')
    // A whole query on another pool later is late enough for what pg has lost.
    await newPool().query('select pg_sleep(0.05)')
    return log.labels()
  },
  {
    theirs: [...SHUTDOWN, 'pool has drained'],
    ours: [...SHUTDOWN, 'callback query finished', 'pool has drained'],
  }
)
