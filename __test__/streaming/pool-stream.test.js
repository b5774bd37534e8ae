'use strict'

const { Writable } = require('node:stream')
const { pipeline } = require('node:stream/promises')
const { openPool, sessionsOf, terminate, failureOf } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')
const { settles, until, nextEvent } = require('../support/until')

const TEN_THOUSAND = 'SELECT i FROM generate_series(1, 10000) i'

onlyOxpg('it gives all rows in order, and its client back', async () => {
  const pool = openPool({ max: 1 })
  const rows = []
  for await (const row of pool.stream('SELECT i FROM generate_series(1, $1::int) i', [1000], {
    batchSize: 7,
  }))
    rows.push(row.i)
  expect(rows).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1))
  expect([pool.totalCount, pool.idleCount, pool.waitingCount]).toEqual([1, 1, 0])
})

onlyOxpg('fifty loops that break leak no slot of a pool that has one', async () => {
  const pool = openPool({ max: 1 })
  for (let i = 0; i < 50; i++) {
    for await (const row of pool.stream(TEN_THOUSAND, { batchSize: 5 })) if (row.i === i + 1) break
  }
  expect((await settles('a query', pool.query('SELECT 1 AS one'))).rows).toEqual([{ one: 1 }])
  expect(pool.totalCount).toBe(1)
  expect(await sessionsOf(pool)).toHaveLength(1)
})

onlyOxpg('it is a Readable: pipeline() moves its rows and waits for a slow reader', async () => {
  const pool = openPool({ max: 1 })
  const client = await pool.connect()
  await client.query('CREATE TEMP SEQUENCE made')
  client.release()
  const made = []
  const stream = pool.stream("SELECT nextval('made')::int4 AS n FROM generate_series(1, 500)", {
    batchSize: 10,
  })
  const sink = new Writable({
    objectMode: true,
    highWaterMark: 1,
    write({ n }, encoding, callback) {
      made.push(n)
      setImmediate(callback)
    },
  })
  await pipeline(stream, sink)
  expect(made).toEqual(Array.from({ length: 500 }, (_, i) => i + 1))

  const stopped = pool.stream("SELECT nextval('made')::int4 AS n FROM generate_series(1, 500)", {
    batchSize: 10,
  })
  await nextEvent(stopped, 'readable')
  stopped.destroy()
  await nextEvent(stopped, 'close')
  // At most what the stream holds and the page behind it.
  expect((await pool.query('SELECT last_value::int4 AS n FROM made')).rows[0].n).toBeLessThanOrEqual(520)
})

onlyOxpg('a reader that fails destroys it', async () => {
  const pool = openPool({ max: 1 })
  const sink = new Writable({
    objectMode: true,
    write: (row, encoding, callback) => callback(new Error('full')),
  })
  expect(await failureOf(pipeline(pool.stream(TEN_THOUSAND), sink))).toMatchObject({ message: 'full' })
  expect((await settles('a query', pool.query('SELECT 1 AS one'))).rows).toEqual([{ one: 1 }])
  expect(pool.totalCount).toBe(1)
})

onlyOxpg('an SQL error is its error, and costs no connection', async () => {
  const pool = openPool({ max: 1 })
  const loop = async (text) => {
    for await (const row of pool.stream(text, { batchSize: 2 })) expect(row).toBeDefined()
  }
  expect(await failureOf(loop('SELECT broken'))).toMatchObject({ code: '42703' })
  const [{ pid }] = await sessionsOf(pool)
  expect(await failureOf(loop('SELECT 1 / (i - 5) FROM generate_series(1, 9) i'))).toMatchObject({
    code: '22012',
  })
  expect(await sessionsOf(pool)).toMatchObject([{ pid }])
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})

onlyOxpg('a lost connection is its error, and nobody else hears of it', async () => {
  const pool = openPool({ max: 1 })
  const errors = []
  pool.on('error', (error) => errors.push(error))
  const stream = pool.stream(TEN_THOUSAND, { batchSize: 2 })
  const iterator = stream[Symbol.asyncIterator]()
  await iterator.next()
  const [{ pid }] = await sessionsOf(pool)
  await terminate(pid)
  const rest = async () => {
    while (!(await iterator.next()).done);
  }
  expect((await failureOf(settles('the stream', rest()))).message).toMatch(/terminat|ECONNRESET/)
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  expect(errors).toEqual([])
  expect(pool.totalCount).toBe(1)
})

onlyOxpg('a stream that is never read takes no client', async () => {
  const pool = openPool({ max: 1 })
  const unread = pool.stream(TEN_THOUSAND)
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  unread.destroy()
  await nextEvent(unread, 'close')
  expect([pool.totalCount, pool.waitingCount]).toEqual([1, 0])
})

onlyOxpg('a stream destroyed while it waits for a client leaves the queue', async () => {
  const pool = openPool({ max: 1 })
  const holder = await pool.connect()
  const stream = pool.stream(TEN_THOUSAND)
  stream.resume()
  await until('it waits', () => pool.waitingCount === 1)
  stream.destroy()
  await until('it is gone', () => pool.waitingCount === 0)
  holder.release()
  expect(pool.idleCount).toBe(1)
})

onlyOxpg('destroying it cancels a page that takes long', async () => {
  const pool = openPool({ max: 1 })
  const stream = pool.stream('SELECT pg_sleep(600)')
  stream.resume()
  const sleeps = async () => (await sessionsOf(pool)).some(({ wait_event }) => wait_event === 'PgSleep')
  await until('the server sleeps', sleeps)
  stream.destroy()
  await nextEvent(stream, 'close')
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  expect(pool.totalCount).toBe(1)
})

onlyOxpg('aborting its signal is its error, at any time', async () => {
  const pool = openPool({ max: 1 })
  const controller = new AbortController()
  const { signal } = controller
  const loop = async (options) => {
    for await (const row of pool.stream('SELECT pg_sleep(600)', options)) expect(row).toBeDefined()
  }
  const failure = failureOf(loop({ signal }))
  const sleeps = async () => (await sessionsOf(pool)).some(({ wait_event }) => wait_event === 'PgSleep')
  await until('the server sleeps', sleeps)
  controller.abort()
  expect(await failure).toMatchObject({ name: 'AbortError' })
  expect(await failureOf(loop({ signal }))).toMatchObject({ name: 'AbortError' })
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})

onlyOxpg('an ended pool is its error', async () => {
  const pool = openPool({ max: 1 })
  await pool.end()
  const stream = pool.stream(TEN_THOUSAND)
  const error = nextEvent(stream, 'error')
  stream.resume()
  expect(await error).toMatchObject([{ message: 'Cannot use a pool after calling end on the pool' }])
})

onlyOxpg('pool.end() waits for it', async () => {
  const pool = openPool({ max: 1 })
  const iterator = pool.stream(TEN_THOUSAND)[Symbol.asyncIterator]()
  await iterator.next()
  let hasEnded = false
  const ended = pool.end().then(() => (hasEnded = true))
  let rows = 1
  while (!(await iterator.next()).done) rows++
  expect(rows).toBe(10000)
  await ended
  expect(hasEnded).toBe(true)
})

onlyOxpg('a batchSize that is no number of rows is refused at once', () => {
  const pool = openPool()
  expect(() => pool.stream('SELECT 1', { batchSize: 0 })).toThrow('batchSize must be a whole number of rows')
})
