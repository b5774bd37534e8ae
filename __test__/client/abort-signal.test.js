'use strict'

const { openClient, openPool, failureOf, runningSessionsOf } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')
const { settles, until } = require('../support/until')

onlyOxpg('aborting rejects with an AbortError and cancels the query on the server', async () => {
  const client = await openClient()
  const controller = new AbortController()
  const failure = failureOf(client.query({ text: 'SELECT pg_sleep(600)', signal: controller.signal }))
  await until('the server runs it', async () => (await runningSessionsOf(client)).length === 1)
  controller.abort()
  expect(await failure).toMatchObject({ name: 'AbortError' })
  await until('the server has stopped it', async () => (await runningSessionsOf(client)).length === 0)
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})

onlyOxpg('a signal that is aborted already keeps the query from being sent', async () => {
  const client = await openClient()
  await client.query('CREATE TEMP SEQUENCE sent')
  const failure = failureOf(client.query({ text: "SELECT nextval('sent')", signal: AbortSignal.abort() }))
  expect(await failure).toMatchObject({ name: 'AbortError' })
  expect((await client.query("SELECT nextval('sent')::int4 AS n")).rows).toEqual([{ n: 1 }])
})

onlyOxpg('a query that is still queued is taken out of the queue', async () => {
  const client = await openClient()
  await client.query('CREATE TEMP SEQUENCE sent')
  const controller = new AbortController()
  const first = client.query('SELECT pg_sleep(0.2)')
  const second = failureOf(client.query({ text: "SELECT nextval('sent')", signal: controller.signal }))
  controller.abort()
  expect(await second).toMatchObject({ name: 'AbortError' })
  await first
  expect((await client.query("SELECT nextval('sent')::int4 AS n")).rows).toEqual([{ n: 1 }])
})

onlyOxpg('aborting after the answer changes nothing, and leaves no listener on the signal', async () => {
  const { getEventListeners } = require('node:events')
  const client = await openClient()
  const controller = new AbortController()
  const { rows } = await client.query({ text: 'SELECT 1 AS one', signal: controller.signal })
  expect(rows).toEqual([{ one: 1 }])
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
  controller.abort()
  expect((await client.query('SELECT 2 AS two')).rows).toEqual([{ two: 2 }])
})

onlyOxpg('pool.query() honours a signal, and its slot comes back', async () => {
  const pool = openPool({ max: 1 })
  const controller = new AbortController()
  const failure = failureOf(pool.query({ text: 'SELECT pg_sleep(600)', signal: controller.signal }))
  await until('the server runs it', async () => (await runningSessionsOf(pool)).length === 1)
  controller.abort()
  expect(await failure).toMatchObject({ name: 'AbortError' })
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  expect(pool.totalCount).toBe(1)
})

onlyOxpg('pool.query() leaves the queue when its signal aborts', async () => {
  const pool = openPool({ max: 1 })
  const holder = await pool.connect()
  const controller = new AbortController()
  const failure = failureOf(pool.query({ text: 'SELECT 1', signal: controller.signal }))
  expect(pool.waitingCount).toBe(1)
  controller.abort()
  expect(await failure).toMatchObject({ name: 'AbortError' })
  expect(pool.waitingCount).toBe(0)
  holder.release()
})

onlyOxpg('pool.query() with a signal that is aborted already does not wait for a free slot', async () => {
  const pool = openPool({ max: 1 })
  const holder = await pool.connect()
  const failure = failureOf(pool.query({ text: 'SELECT 1', signal: AbortSignal.abort() }))
  expect(await settles('the query', failure)).toMatchObject({ name: 'AbortError' })
  expect(pool.waitingCount).toBe(0)
  holder.release()
})

onlyOxpg('a query that timed out is not answered again when its signal aborts', async () => {
  const client = await openClient()
  const controller = new AbortController()
  const answers = []
  const config = { text: 'SELECT pg_sleep(600)', query_timeout: 50, signal: controller.signal }
  client.query(config, (error) => answers.push(error.message))
  await until('the query timed out', () => answers.length > 0)
  controller.abort()
  await client.query('SELECT 1')
  expect(answers).toEqual(['Query read timeout'])
})

// pg ignores the key, so configs may carry anything there.
test('a signal that is no AbortSignal means nothing', async () => {
  const pool = openPool({ max: 1 })
  for (const signal of [{}, 'SIGINT', 9, null]) {
    const query = pool.query({ text: 'SELECT 1 AS one', signal })
    expect((await settles(`the query with ${signal}`, query)).rows).toEqual([{ one: 1 }])
  }
  expect(pool.waitingCount).toBe(0)
})

onlyOxpg('one signal may guard many queries at a time, and each of them ends', async () => {
  const { getEventListeners } = require('node:events')
  const pool = openPool({ max: 2 })
  const controller = new AbortController()
  const { signal } = controller
  const failures = Array.from({ length: 20 }, () =>
    failureOf(pool.query({ text: 'SELECT pg_sleep(600)', signal }))
  )
  // Above ten listeners Node warns of a leak.
  expect(getEventListeners(signal, 'abort')).toHaveLength(1)
  controller.abort()
  for (const failure of failures)
    expect(await settles('a query', failure)).toMatchObject({ name: 'AbortError' })
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)
})
