'use strict'

const { openClient, openPool, sessionsOf, failureOf } = require('../support/connections')
const { onlyOxpg, subject } = require('../support/drivers')
const { settles } = require('../support/until')

const RESULT = { code: 'ERR_OXPG_RESULT_TOO_LARGE' }
const FIELD = { code: 'ERR_OXPG_FIELD_TOO_LARGE' }
const rowsOf = (count, length) => `SELECT repeat('x', ${length}) AS text FROM generate_series(1, ${count})`

// A pool's query takes the fast path, unless somebody listens.
const owners = {
  client: (options) => openClient(options),
  pool: async (options) => openPool({ max: 1, ...options }),
  'watched pool': async (options) => openPool({ max: 1, ...options }).on('acquire', () => {}),
}

async function isUsable(owner) {
  expect((await settles('a query', owner.query('SELECT 1 AS one'))).rows).toEqual([{ one: 1 }])
}

describe.each(Object.keys(owners))('of a %s', (name) => {
  const open = owners[name]

  onlyOxpg('a result above maxResultBytes is an error that says what to do', async () => {
    const owner = await open()
    const error = await failureOf(owner.query({ text: rowsOf(100, 100), maxResultBytes: 5000 }))
    expect(error).toMatchObject(RESULT)
    expect(error.message).toMatch(
      /maxResultBytes .* 50\d\d bytes of rows have come, the limit is 5000\. .*cursor/
    )
    await isUsable(owner)
    expect((await owner.query({ text: rowsOf(100, 10), maxResultBytes: 5000 })).rowCount).toBe(100)
  })

  onlyOxpg('a value above maxFieldBytes is an error that names its column', async () => {
    const owner = await open()
    const error = await failureOf(
      owner.query({ text: `SELECT 1, ${rowsOf(3, 1001).slice(7)}`, maxFieldBytes: 1000 })
    )
    expect(error).toMatchObject(FIELD)
    expect(error.message).toContain('column "text"')
    expect(error.message).toContain('it has 1001 bytes, the limit is 1000')
    await isUsable(owner)
    expect((await owner.query({ text: rowsOf(3, 1000), maxFieldBytes: 1000 })).rowCount).toBe(3)
  })

  onlyOxpg('the options count for every query, and a query may have its own', async () => {
    const owner = await open({ maxResultBytes: 5000, maxFieldBytes: 100 })
    expect(await failureOf(owner.query(rowsOf(1, 101)))).toMatchObject(FIELD)
    expect(await failureOf(owner.query(rowsOf(100, 100)))).toMatchObject(RESULT)
    expect(await failureOf(owner.query(rowsOf(100, 100).replace('100', '$1'), [100]))).toMatchObject(RESULT)
    const unlimited = { maxResultBytes: 0, maxFieldBytes: 0 }
    expect((await owner.query({ text: rowsOf(100, 101), ...unlimited })).rowCount).toBe(100)
    await isUsable(owner)
  })

  onlyOxpg('a huge rest is cancelled on the server, at the same connection', async () => {
    const owner = await open()
    await isUsable(owner)
    const [{ pid }] = await sessionsOf(owner)
    const text = 'SELECT generate_series(1, 1000000000)'
    const failure = failureOf(owner.query({ text, maxResultBytes: 1000 }))
    expect(await settles('the query', failure)).toMatchObject(RESULT)
    await isUsable(owner)
    expect(await sessionsOf(owner)).toMatchObject([{ pid }])
  })

  onlyOxpg('pages (rows) end at the limit too', async () => {
    const owner = await open()
    const query = { text: rowsOf(1000, 100), rows: 7, maxResultBytes: 5000 }
    expect(await failureOf(owner.query(query))).toMatchObject(RESULT)
    await isUsable(owner)
  })

  onlyOxpg('all results of a text with several statements count together', async () => {
    const owner = await open()
    const text = `${rowsOf(30, 100)}; ${rowsOf(30, 100)}`
    expect(await failureOf(owner.query({ text, maxResultBytes: 5000 }))).toMatchObject(RESULT)
    expect(await owner.query({ text, maxResultBytes: 7000 })).toHaveLength(2)
  })
})

onlyOxpg('inside a transaction a small overflow leaves the transaction as it was', async () => {
  const client = await openClient()
  await client.query('BEGIN')
  await failureOf(client.query({ text: rowsOf(100, 100), maxResultBytes: 5000 }))
  await isUsable(client)
  expect(client.getTransactionStatus()).toBe('T')
  await client.query('COMMIT')
})

onlyOxpg("a cursor's pages count one by one", async () => {
  const client = await openClient({ maxResultBytes: 5000 })
  let rows = 0
  for await (const row of client.cursor(rowsOf(1000, 100), { batchSize: 10 })) rows += row ? 1 : 0
  expect(rows).toBe(1000)
  expect(await failureOf(client.cursor(rowsOf(1000, 100)).read(100))).toMatchObject(RESULT)
  await isUsable(client)
})

onlyOxpg('rows that came before the limit reach whoever listens', async () => {
  const client = await openClient()
  const query = client.query(new subject.Query({ text: rowsOf(10000, 100), maxResultBytes: 500000 }))
  let rows = 0
  query.on('row', () => rows++)
  await new Promise((resolve) => query.on('error', resolve))
  expect(rows).toBeGreaterThan(0)
  expect(rows * 106).toBeLessThanOrEqual(500000)
  await isUsable(client)
})

onlyOxpg('connection strings may have limits, and limits that are none are refused', async () => {
  const { Client } = subject
  expect(() => new Client({ maxResultBytes: -1 })).toThrow('maxResultBytes must be a whole number of bytes')
  expect(() => new Client({ maxFieldBytes: 'much' })).toThrow('maxFieldBytes must be a whole number of bytes')
  const { url } = require('../support/server').sharedServer()
  const client = new Client(`${url}?maxFieldBytes=100`)
  await client.connect()
  expect(await failureOf(client.query(rowsOf(1, 101)))).toMatchObject(FIELD)
  await client.end()
})
