'use strict'

const { openClient } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')

const TEXT = `SELECT i, i::int8 AS big, jsonb_build_object('i', i) AS j, ARRAY[i, null] AS a, 'ä€😀' AS t,
  timestamptz '2024-01-02 03:04:05Z' AS at FROM generate_series(1, 30) i`

async function gathered(cursor) {
  const rows = []
  for await (const row of cursor) rows.push(row)
  return rows
}

onlyOxpg('values are those of a query, whatever the size of the pages', async () => {
  const client = await openClient()
  const { rows } = await client.query(TEXT)
  expect(await gathered(client.cursor(TEXT, { batchSize: 7 }))).toEqual(rows)
  const arrays = (await client.query({ text: TEXT, rowMode: 'array' })).rows
  expect(await gathered(client.cursor(TEXT, { batchSize: 7, rowMode: 'array' }))).toEqual(arrays)
})

onlyOxpg("the cursor's own type parsers run on every page", async () => {
  const client = await openClient()
  const types = { getTypeParser: (oid) => (text) => `${oid}:${text}` }
  const { rows } = await client.query({ text: TEXT, types })
  expect(rows[29].i).toBe('23:30')
  expect(await gathered(client.cursor(TEXT, { batchSize: 7, types }))).toEqual(rows)
})

onlyOxpg("the client's type parsers run on every page", async () => {
  const client = await openClient()
  client.setTypeParser(20, BigInt)
  const rows = await gathered(client.cursor(TEXT, { batchSize: 7 }))
  expect(rows.map(({ big }) => big)).toEqual(Array.from({ length: 30 }, (_, i) => BigInt(i + 1)))
})

onlyOxpg('fields tells the columns once the first page is there', async () => {
  const client = await openClient()
  const cursor = client.cursor('SELECT 1 AS one, now() AS now WHERE false')
  expect(cursor.fields).toEqual([])
  expect(await cursor.read()).toEqual([])
  expect(cursor.fields.map(({ name, dataTypeID }) => [name, dataTypeID])).toEqual([
    ['one', 23],
    ['now', 1184],
  ])
})

onlyOxpg('binary results are parsed as those of a query', async () => {
  const client = await openClient()
  const config = { text: 'SELECT i, i::float8 / 4 AS f FROM generate_series(1, 5) i', binary: true }
  const { rows } = await client.query(config)
  expect(await gathered(client.cursor(config, { batchSize: 2 }))).toEqual(rows)
})

onlyOxpg('a named statement is parsed once', async () => {
  const client = await openClient()
  const config = { name: 'some', text: 'SELECT i FROM generate_series(1, $1::int) i', batchSize: 2 }
  expect(await gathered(client.cursor({ ...config, values: [3] }))).toHaveLength(3)
  expect(await gathered(client.cursor({ ...config, values: [5] }))).toHaveLength(5)
  const { rows } = await client.query(
    'SELECT generic_plans + custom_plans AS plans FROM pg_prepared_statements'
  )
  expect(rows).toEqual([{ plans: '2' }])
})
