'use strict'

const { openClient, sessionsOf, failureOf } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')
const { settles, until } = require('../support/until')

const running = async (owner) =>
  (await sessionsOf(owner)).filter(({ wait_event }) => wait_event === 'PgSleep')

onlyOxpg('aborting while a page is made cancels it on the server', async () => {
  const client = await openClient()
  const controller = new AbortController()
  const cursor = client.cursor('SELECT pg_sleep(600)', { signal: controller.signal })
  const failure = failureOf(cursor.read())
  await until('the server makes the page', async () => (await running(client)).length === 1)
  controller.abort()
  expect(await failure).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR' })
  await settles('close()', cursor.close())
  expect(await running(client)).toEqual([])
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  expect(client.getTransactionStatus()).toBe('I')
})

onlyOxpg('aborting between two pages ends the loop with the error, and nothing is cancelled', async () => {
  const client = await openClient()
  await client.query('BEGIN')
  const controller = new AbortController()
  const seen = []
  const loop = async () => {
    const { signal } = controller
    for await (const { i } of client.cursor('SELECT i FROM generate_series(1, 100) i', {
      batchSize: 10,
      signal,
    })) {
      seen.push(i)
      if (i === 5) controller.abort()
    }
  }
  expect(await failureOf(loop())).toMatchObject({ name: 'AbortError' })
  // The page that had come is the loop's.
  expect(seen).toHaveLength(10)
  await client.query('SELECT 1')
  expect(client.getTransactionStatus()).toBe('T')
})

onlyOxpg('a signal that is aborted already keeps the cursor from being sent', async () => {
  const client = await openClient()
  await client.query('CREATE TEMP SEQUENCE sent')
  const cursor = client.cursor("SELECT nextval('sent')", { signal: AbortSignal.abort() })
  expect(await failureOf(cursor.read())).toMatchObject({ name: 'AbortError' })
  await cursor.close()
  expect((await client.query("SELECT nextval('sent')::int4 AS n")).rows).toEqual([{ n: 1 }])
})

onlyOxpg('a cursor that is over does not listen to its signal any more', async () => {
  const { getEventListeners } = require('node:events')
  const client = await openClient()
  const controller = new AbortController()
  const { signal } = controller
  for await (const row of client.cursor('SELECT 1 AS one', { signal })) expect(row).toEqual({ one: 1 })
  for await (const row of client.cursor('SELECT 1 FROM generate_series(1, 1000)', { signal })) if (row) break
  await failureOf(client.cursor('SELECT broken', { signal }).read())
  client.cursor('SELECT 1', { signal })
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)
})

onlyOxpg('query_timeout counts for each page', async () => {
  const client = await openClient({ query_timeout: 600 })
  const text = 'SELECT i, pg_sleep(CASE WHEN i = 6 THEN 600 ELSE 0.2 END) FROM generate_series(1, 9) i'
  const seen = []
  const loop = async () => {
    for await (const { i } of client.cursor(text, { batchSize: 1 })) seen.push(i)
  }
  expect(await failureOf(settles('the loop', loop()))).toMatchObject({ message: 'Query read timeout' })
  // All five pages together took longer than the limit of one.
  expect(seen).toEqual([1, 2, 3, 4, 5])
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})
