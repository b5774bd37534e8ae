'use strict'

const { openClient, openPool, failureOf, runningSessionsOf } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')
const { until } = require('../support/until')

test('a query over its query_timeout rejects with the text of pg', async () => {
  const client = await openClient()
  const error = await failureOf(client.query({ text: 'SELECT pg_sleep(1)', query_timeout: 50 }))
  expect(error.message).toBe('Query read timeout')
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})

test('the option of the client applies to every query, and a query in time is not touched', async () => {
  const client = await openClient({ query_timeout: 100 })
  expect((await failureOf(client.query('SELECT pg_sleep(1)'))).message).toBe('Query read timeout')
  expect((await failureOf(client.query('SELECT pg_sleep($1)', [1]))).message).toBe('Query read timeout')
  const calm = await openClient({ query_timeout: 30_000 })
  expect((await calm.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})

// pg lets the query run on, and everything behind it waits (TO-1).
onlyOxpg('a timeout cancels the query on the server', async () => {
  const client = await openClient()
  await client.query('CREATE TEMP SEQUENCE begun')
  const text = "SELECT nextval('begun'), pg_sleep(600)"
  await failureOf(client.query({ text, query_timeout: 1000 }))
  await until('the server has stopped it', async () => (await runningSessionsOf(client)).length === 0)
  // A sequence remembers what was cancelled.
  expect((await client.query('SELECT is_called FROM begun')).rows).toEqual([{ is_called: true }])
})

onlyOxpg('a timeout in pool.query() cancels on the server and frees the slot', async () => {
  const pool = openPool({ max: 1 })
  await failureOf(pool.query({ text: 'SELECT pg_sleep(600)', query_timeout: 100 }))
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  expect(await runningSessionsOf(pool)).toEqual([])
})

onlyOxpg('a queued query that times out is never sent', async () => {
  const client = await openClient()
  await client.query('CREATE TEMP SEQUENCE sent')
  const slow = client.query('SELECT pg_sleep(0.5)')
  const late = failureOf(client.query({ text: "SELECT nextval('sent')", query_timeout: 50 }))
  expect((await late).message).toBe('Query read timeout')
  await slow
  expect((await client.query("SELECT nextval('sent')::int4 AS n")).rows).toEqual([{ n: 1 }])
})
