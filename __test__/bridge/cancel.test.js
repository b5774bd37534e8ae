'use strict'

const { newClient, openClient, openPool, failureOf, sessionsOf } = require('../support/connections')
const { sharedServer } = require('../support/server')
const { SocketStream } = require('../support/socket-stream')
const { until } = require('../support/until')

const LOCK = 20260921

function factory() {
  const streams = []
  const make = () => {
    streams.push(new SocketStream())
    return streams.at(-1)
  }
  return { streams, make }
}

const isBusy = async (client) => (await sessionsOf(client))[0].state === 'active'

test('TO-1: query_timeout cancels on the server, over one more stream of the factory', async () => {
  const { streams, make } = factory()
  const client = await openClient({ stream: make })
  const error = await failureOf(client.query({ text: 'SELECT pg_sleep(60)', query_timeout: 100 }))
  expect(error.message).toBe('Query read timeout')
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  expect(streams.length).toBeGreaterThan(1)
  expect(streams.slice(1).every((stream) => stream.destroyed)).toBe(true)
})

test('an AbortSignal cancels in a pool, whose session serves on', async () => {
  const { make } = factory()
  const pool = openPool({ max: 1, stream: make })
  const { processID } = await pool.connect().then((client) => (client.release(), client))
  const controller = new AbortController()
  const query = failureOf(pool.query({ text: 'SELECT pg_sleep(60)', signal: controller.signal }))
  await until('the query runs', async () => (await sessionsOf(pool))[0].state === 'active')
  controller.abort()
  expect((await query).name).toBe('AbortError')
  const { rows } = await pool.query('SELECT pg_backend_pid() AS pid')
  expect(rows).toEqual([{ pid: processID }])
})

test('a cancel never hits the next query', async () => {
  const { make } = factory()
  const client = await openClient({ stream: make })
  for (let round = 0; round < 40; round++) {
    const first = client.query({ text: 'SELECT pg_sleep(0.005)', query_timeout: 4 + (round % 4) })
    const second = client.query('SELECT $1::int AS round', [round])
    await first.catch((error) => expect(error.message).toBe('Query read timeout'))
    expect((await second).rows).toEqual([{ round }])
  }
})

// Who waits for a lock runs until the lock is given: that shows whether the server was told to stop.
async function blocked(client, work) {
  const holder = newClient()
  await holder.connect()
  await holder.query('SELECT pg_advisory_lock($1)', [LOCK])
  const error = failureOf(client.query({ text: `SELECT pg_advisory_xact_lock(${LOCK})`, query_timeout: 100 }))
  await work(await error)
  await holder.query('SELECT pg_advisory_unlock($1)', [LOCK])
}

test('a stream that is no factory can not cancel: as in pg the session stays busy, then serves on', async () => {
  const client = await openClient({ stream: new SocketStream() })
  let next
  await blocked(client, async (error) => {
    expect(error.message).toBe('Query read timeout')
    next = client.query('SELECT 1 AS one')
    expect(await isBusy(client)).toBe(true)
  })
  expect((await next).rows).toEqual([{ one: 1 }])
})

test('a factory that fails when it is called for a cancel leaves the session busy, and usable later', async () => {
  let calls = 0
  const client = await openClient({
    stream() {
      calls += 1
      if (calls > 1) throw new Error('no second tunnel')
      return new SocketStream()
    },
  })
  let next
  await blocked(client, async (error) => {
    expect(error.message).toBe('Query read timeout')
    next = client.query('SELECT 1 AS one')
    await until('the factory was called again', () => calls > 1)
    expect(await isBusy(client)).toBe(true)
  })
  expect((await next).rows).toEqual([{ one: 1 }])
})

test('a session that ends while its cancel waits for a stream ends at once', async () => {
  const { streams, make } = factory()
  const stuck = () => {
    const stream = make()
    if (streams.length > 1) stream.connect = () => stream
    return stream
  }
  const client = await openClient({ stream: stuck })
  await failureOf(client.query({ text: 'SELECT pg_sleep(60)', query_timeout: 50 }))
  await until('a cancel is under way', () => streams.length === 2)
  await client.end()
  expect(streams.map((stream) => stream.destroyed)).toEqual([true, true])
  const { rows } = await sharedServer().query('SELECT 1 AS one')
  expect(rows).toEqual([{ one: 1 }])
})
