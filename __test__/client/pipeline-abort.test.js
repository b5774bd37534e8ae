'use strict'

// `signal` with `pipeline: true`: a cancel request names a session, not a query, and must not hit another one.

const { openClient, failureOf, runningSessionsOf } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')
const { until } = require('../support/until')

const open = () => openClient({ pipeline: true })
onlyOxpg('an aborted query that is alone in its pipeline is cancelled on the server', async () => {
  const client = await open()
  const controller = new AbortController()
  const failure = failureOf(client.query({ text: 'SELECT pg_sleep(600)', signal: controller.signal }))
  await until('the server runs it', async () => (await runningSessionsOf(client)).length === 1)
  controller.abort()
  expect(await failure).toMatchObject({ name: 'AbortError' })
  await until('the server has stopped it', async () => (await runningSessionsOf(client)).length === 0)
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})

onlyOxpg('an aborted query with others around it leaves them alone', async () => {
  const client = await open()
  const controller = new AbortController()
  const before = client.query('SELECT pg_sleep(0.05), 1 AS n')
  const aborted = failureOf(client.query({ text: 'SELECT 2 AS n', signal: controller.signal }))
  const after = client.query('SELECT 3 AS n')
  controller.abort()
  expect(await aborted).toMatchObject({ name: 'AbortError' })
  expect((await before).rows[0].n).toBe(1)
  expect((await after).rows[0].n).toBe(3)
  expect((await client.query('SELECT 4 AS n')).rows).toEqual([{ n: 4 }])
})

test('pipelined results of one statement keep their own parsers, however long they are', async () => {
  const client = await open()
  const text = 'SELECT i AS n FROM generate_series(1, 20000) i'
  const marked = { getTypeParser: () => (value) => `<${value}>` }
  const results = await Promise.all(
    Array.from({ length: 12 }, (_, i) => client.query(i % 3 === 0 ? { text, types: marked } : { text }))
  )
  for (const [i, { rows }] of results.entries()) {
    expect(rows.length).toBe(20000)
    expect([rows[0].n, rows[19999].n]).toEqual(i % 3 === 0 ? ['<1>', '<20000>'] : [1, 20000])
  }
})
