'use strict'

const path = require('node:path')
const { openClient, openPool, failureOf } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')
const { runProgram } = require('../support/child')

onlyOxpg('whatever is queued behind a cursor waits until it is over', async () => {
  const client = await openClient()
  const log = []
  const first = client.cursor("SELECT 'first' AS who FROM generate_series(1, 3)", { batchSize: 2 })
  const second = client.cursor("SELECT 'second' AS who FROM generate_series(1, 3)", { batchSize: 2 })
  const firstPage = await first.read()
  const query = client.query("SELECT 'query' AS who").then(({ rows }) => log.push(...rows))
  const secondPage = second.read().then((rows) => log.push(...rows))
  log.push(...firstPage, ...(await first.read()))
  await first.close()
  await query
  await secondPage
  log.push(...(await second.read()))
  expect(log.map(({ who }) => who)).toEqual([
    ...['first', 'first', 'first'],
    'query',
    ...['second', 'second', 'second'],
  ])
})

onlyOxpg('a cursor that is never read is never sent, and holds up nobody', async () => {
  const client = await openClient()
  await client.query('CREATE TEMP SEQUENCE sent')
  client.cursor("SELECT nextval('sent')")
  expect((await client.query("SELECT nextval('sent')::int4 AS n")).rows).toEqual([{ n: 1 }])
})

onlyOxpg('a cursor that is dropped half read is closed when it is collected', async () => {
  const program = path.join(__dirname, 'programs', 'dropped-cursor.js')
  expect(await runProgram(program, { env: { NODE_OPTIONS: '--expose-gc' } })).toMatchObject({
    code: 0,
    stdout: 'the query behind it ran\n',
  })
})

onlyOxpg('a client released while a cursor waits behind a query goes back to the pool', async () => {
  const pool = openPool({ max: 1 })
  const client = await pool.connect()
  const query = client.query('SELECT pg_sleep(0.1)')
  const page = failureOf(client.cursor('SELECT 1 FROM generate_series(1, 1000)').read())
  client.release()
  await query
  expect((await page).message).toMatch(/^The client was released/)
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})

onlyOxpg(
  'a client released with an open cursor goes back to the pool, and the cursor says why it ended',
  async () => {
    const pool = openPool({ max: 1 })
    const client = await pool.connect()
    const cursor = client.cursor('SELECT 1 FROM generate_series(1, 1000)')
    await cursor.read()
    client.release()
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    expect(pool.totalCount).toBe(1)
    await expect(cursor.read()).rejects.toThrow(
      'The client was released while a cursor or a COPY was under way on it'
    )
  }
)
