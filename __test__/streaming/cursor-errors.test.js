'use strict'

const { openClient, newClient, failureOf } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')
const { nextEvent } = require('../support/until')

async function isFree(client) {
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
}

onlyOxpg('a statement that the server refuses rejects the first read, and every later one', async () => {
  const client = await openClient()
  const cursor = client.cursor('SELECT broken')
  expect(await failureOf(cursor.read())).toMatchObject({ code: '42703' })
  expect(await failureOf(cursor.read())).toMatchObject({ code: '42703' })
  await cursor.close()
  await isFree(client)
})

onlyOxpg('an error in the middle of a page rejects that page only', async () => {
  const client = await openClient()
  const seen = []
  const loop = async () => {
    const text = 'SELECT i, 100 / (i - 25) AS x FROM generate_series(1, 50) i'
    for await (const { i } of client.cursor(text, { batchSize: 10 })) seen.push(i)
  }
  expect(await failureOf(loop())).toMatchObject({ code: '22012' })
  expect(seen).toHaveLength(20)
  await isFree(client)
})

onlyOxpg('inside a transaction an error fails the transaction, as that of a query does', async () => {
  const client = await openClient()
  await client.query('BEGIN')
  await failureOf(client.cursor('SELECT 1/0').read())
  expect(await failureOf(client.query('SELECT 1'))).toMatchObject({ code: '25P02' })
  expect(client.getTransactionStatus()).toBe('E')
  await client.query('ROLLBACK')
  await isFree(client)
})

onlyOxpg('an error at the commit reaches whoever reads the last page', async () => {
  const client = await openClient()
  await client.query('CREATE TEMP TABLE parent (id int PRIMARY KEY)')
  await client.query('CREATE TEMP TABLE child (id int REFERENCES parent DEFERRABLE INITIALLY DEFERRED)')
  const cursor = client.cursor('INSERT INTO child VALUES (7) RETURNING id')
  expect(await failureOf(cursor.read())).toMatchObject({ code: '23503' })
  await isFree(client)
  expect((await client.query('SELECT id FROM child')).rows).toEqual([])
})

onlyOxpg('an exception of a type parser rejects the page, and the client goes on', async () => {
  const client = await openClient()
  const types = {
    getTypeParser: () => (text) => {
      if (text === '15') throw new Error('no fifteen')
      return text
    },
  }
  const cursor = client.cursor('SELECT i FROM generate_series(1, 100) i', { batchSize: 10, types })
  expect(await cursor.read()).toHaveLength(10)
  expect(await failureOf(cursor.read())).toMatchObject({ message: 'no fifteen' })
  await cursor.close()
  await isFree(client)
})

onlyOxpg('a parameter that cannot be serialised rejects the first read', async () => {
  const client = await openClient()
  const value = {
    toPostgres() {
      throw new Error('not for the wire')
    },
  }
  expect(await failureOf(client.cursor('SELECT $1', [value]).read())).toMatchObject({
    message: 'not for the wire',
  })
  await isFree(client)
})

onlyOxpg('sizes that are no number of rows are refused at once', async () => {
  const client = await openClient()
  for (const batchSize of [0, -1, 1.5, NaN, '10', 2 ** 31]) {
    expect(() => client.cursor('SELECT 1', { batchSize })).toThrow(
      expect.objectContaining({ code: 'ERR_OUT_OF_RANGE' })
    )
  }
  expect(() => client.cursor('SELECT 1').read(0)).toThrow('rows must be a whole number of rows')
  expect(() => client.cursor(null)).toThrow(TypeError)
  await isFree(client)
})

onlyOxpg('a client that has ended rejects the read', async () => {
  const client = await openClient()
  await client.end()
  expect(await failureOf(client.cursor('SELECT 1').read())).toMatchObject({
    message: 'Client was closed and is not queryable',
  })
})

onlyOxpg('a cursor read before connect() waits like any query', async () => {
  const client = newClient()
  const page = client.cursor('SELECT 1 AS one').read()
  await client.connect()
  expect(await page).toEqual([{ one: 1 }])
})

onlyOxpg('the error shows who was reading', async () => {
  const client = await openClient()
  async function readingUsers() {
    for await (const row of client.cursor('SELECT broken')) return row
  }
  expect((await failureOf(readingUsers())).stack).toContain('cursor-errors.test.js')
})

onlyOxpg('a client in pipeline mode refuses cursors and COPY', async () => {
  const client = await openClient({ pipeline: true })
  expect(await failureOf(client.cursor('SELECT 1').read())).toMatchObject({ code: 'ERR_OXPG_PIPELINE' })
  const target = client.copyFrom('COPY nowhere FROM STDIN')
  const error = nextEvent(target, 'error')
  target.end('1\n')
  expect(await error).toMatchObject([{ code: 'ERR_OXPG_PIPELINE' }])
  await isFree(client)
})

onlyOxpg('limits hold in pipeline mode, and each query has its own', async () => {
  const client = await openClient({ pipeline: true })
  const text = "SELECT repeat('x', 100) FROM generate_series(1, 100)"
  const [small, large, last] = await Promise.allSettled([
    client.query({ text, maxResultBytes: 20000 }),
    client.query({ text, maxResultBytes: 5000 }),
    client.query(text),
  ])
  expect(small.value.rowCount).toBe(100)
  expect(large.reason).toMatchObject({ code: 'ERR_OXPG_RESULT_TOO_LARGE' })
  expect(last.value.rowCount).toBe(100)

  // A cancel request for the first would hit the second.
  const huge = "SELECT repeat('x', 1000) FROM generate_series(1, 20000)"
  const [cut, slept] = await Promise.allSettled([
    client.query({ text: huge, maxResultBytes: 5000 }),
    client.query('SELECT 1 AS one FROM pg_sleep(0.2)'),
  ])
  expect(cut.reason).toMatchObject({ code: 'ERR_OXPG_RESULT_TOO_LARGE' })
  expect(slept.value.rows).toEqual([{ one: 1 }])
})
