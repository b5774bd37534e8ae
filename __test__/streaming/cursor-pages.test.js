'use strict'

const { openClient } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')

// The sequence counts the rows that the server has made, whoever got them.
async function counting(client) {
  await client.query('CREATE TEMP SEQUENCE made')
  return {
    text: `SELECT nextval('made')::int4 AS n FROM generate_series(1, 1000)`,
    made: async () => (await client.query('SELECT last_value::int4 AS n, is_called FROM made')).rows[0],
  }
}

onlyOxpg('all rows come, in order, whatever the size of the pages', async () => {
  const client = await openClient()
  const all = Array.from({ length: 257 }, (_, i) => i + 1)
  for (const batchSize of [1, 2, 100, 256, 257, 258]) {
    const got = []
    for await (const { i } of client.cursor('SELECT i FROM generate_series(1, $1::int) i', [257], {
      batchSize,
    }))
      got.push(i)
    expect(got).toEqual(all)
  }
})

onlyOxpg('the server makes a page of rows when it is read, and no more', async () => {
  const client = await openClient()
  const { text, made } = await counting(client)
  const notices = []
  client.on('notice', ({ message }) => notices.push(message))
  await client.query(`CREATE FUNCTION pg_temp.loud(n int) RETURNS int LANGUAGE plpgsql AS
    $$ BEGIN RAISE NOTICE 'row %', n; RETURN n; END $$`)
  const cursor = client.cursor('SELECT pg_temp.loud(i) AS n FROM generate_series(1, 9) i')
  expect(await cursor.read(2)).toEqual([{ n: 1 }, { n: 2 }])
  expect(notices).toEqual(['row 1', 'row 2'])
  expect(await cursor.read(1)).toEqual([{ n: 3 }])
  expect(notices).toEqual(['row 1', 'row 2', 'row 3'])
  await cursor.close()
  expect(notices).toHaveLength(3)

  const counted = client.cursor(text, { batchSize: 30 })
  await counted.read()
  await counted.read()
  await counted.close()
  expect(await made()).toEqual({ n: 60, is_called: true })
})

onlyOxpg('a page has 100 rows unless told otherwise', async () => {
  const client = await openClient()
  const { text, made } = await counting(client)
  for await (const row of client.cursor(text)) {
    expect(row).toEqual({ n: 1 })
    break
  }
  expect(await made()).toMatchObject({ n: 100 })
})

onlyOxpg('batches() gives whole pages', async () => {
  const client = await openClient()
  const sizes = []
  for await (const rows of client.cursor('SELECT 1 FROM generate_series(1, 25)', { batchSize: 10 }).batches())
    sizes.push(rows.length)
  expect(sizes).toEqual([10, 10, 5])
})

onlyOxpg('read() gives an empty page at the end, and again after it', async () => {
  const client = await openClient()
  const cursor = client.cursor({ text: 'SELECT $1::text AS t', values: ['x'] })
  expect(await cursor.read()).toEqual([{ t: 'x' }])
  expect(await cursor.read()).toEqual([])
  expect(await cursor.read()).toEqual([])
  await cursor.close()
})

onlyOxpg('a statement without rows is an empty cursor, and has been executed', async () => {
  const client = await openClient()
  await client.query('CREATE TEMP TABLE t (a int)')
  const rows = []
  for await (const row of client.cursor('INSERT INTO t VALUES (1)')) rows.push(row)
  for await (const row of client.cursor('')) rows.push(row)
  expect(rows).toEqual([])
  expect((await client.query('SELECT a FROM t')).rows).toEqual([{ a: 1 }])
})

onlyOxpg('many rows asked for at once come in order', async () => {
  const client = await openClient()
  const numbers = client.cursor('SELECT i FROM generate_series(1, 5) i', { batchSize: 2 })
  const iterator = numbers[Symbol.asyncIterator]()
  const results = await Promise.all(Array.from({ length: 7 }, () => iterator.next()))
  expect(results.map(({ value, done }) => (done ? 'done' : value.i))).toEqual([1, 2, 3, 4, 5, 'done', 'done'])
  const cursor = client.cursor('SELECT i FROM generate_series(1, 5) i')
  const pages = await Promise.all([cursor.read(2), cursor.read(2), cursor.read(2), cursor.read(2)])
  expect(pages.map((page) => page.map(({ i }) => i))).toEqual([[1, 2], [3, 4], [5], []])
})

onlyOxpg('a page of many megabytes comes whole', async () => {
  const client = await openClient()
  const cursor = client.cursor("SELECT i, repeat('x', 10000) AS text FROM generate_series(1, 2000) i")
  const rows = await cursor.read(1500)
  expect(rows).toHaveLength(1500)
  expect(rows.every(({ i, text }, at) => i === at + 1 && text.length === 10000)).toBe(true)
  expect(await cursor.read(1500)).toHaveLength(500)
})
