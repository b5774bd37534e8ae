'use strict'

const { openClient, failureOf } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')

const TEN_THOUSAND = 'SELECT i FROM generate_series(1, 10000) i'

async function isFree(client) {
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  expect(client.getTransactionStatus()).toBe('I')
  // Nothing is left open on the server.
  expect((await client.query("SELECT name FROM pg_cursors WHERE statement LIKE '%10000%'")).rows).toEqual([])
}

onlyOxpg('break ends the cursor, and the client is free at once', async () => {
  const client = await openClient()
  for (const stopAt of [1, 99, 100, 101, 9999]) {
    let seen = 0
    for await (const row of client.cursor(TEN_THOUSAND)) {
      seen = row.i
      if (seen === stopAt) break
    }
    expect(seen).toBe(stopAt)
    await isFree(client)
  }
})

onlyOxpg('an exception in the loop ends the cursor, and is what the loop throws', async () => {
  const client = await openClient()
  const loop = async () => {
    for await (const row of client.cursor(TEN_THOUSAND)) if (row.i === 150) throw new Error('enough')
  }
  expect(await failureOf(loop())).toMatchObject({ message: 'enough' })
  await isFree(client)
})

onlyOxpg('return in the loop ends the cursor', async () => {
  const client = await openClient()
  const first = async () => {
    for await (const rows of client.cursor(TEN_THOUSAND).batches()) return rows[0]
  }
  expect(await first()).toEqual({ i: 1 })
  await isFree(client)
})

onlyOxpg('close() may be called at any time, and more than once', async () => {
  const client = await openClient()
  const unread = client.cursor(TEN_THOUSAND)
  await unread.close()
  expect(await unread.read()).toEqual([])
  const reading = client.cursor(TEN_THOUSAND)
  const page = reading.read(3)
  await Promise.all([reading.close(), reading.close()])
  expect(await page).toHaveLength(3)
  expect(await reading.read()).toEqual([])
  await reading.close()
  const complete = client.cursor('SELECT 1')
  await complete.read()
  await complete.close()
  await isFree(client)
})

onlyOxpg('await using closes it, where the engine has that', async () => {
  const client = await openClient()
  const cursor = client.cursor(TEN_THOUSAND)
  await cursor.read()
  if (Symbol.asyncDispose) await cursor[Symbol.asyncDispose]()
  else await cursor.close()
  await isFree(client)
})

onlyOxpg('close() of a cursor that waits in the queue takes it out', async () => {
  const client = await openClient()
  await client.query('CREATE TEMP SEQUENCE sent')
  const busy = client.query('SELECT pg_sleep(0.2)')
  const cursor = client.cursor("SELECT nextval('sent')")
  const page = cursor.read()
  await cursor.close()
  expect(await page).toEqual([])
  await busy
  expect((await client.query("SELECT nextval('sent')::int4 AS n")).rows).toEqual([{ n: 1 }])
})

onlyOxpg('breaking a loop inside a transaction leaves the transaction as it was', async () => {
  const client = await openClient()
  await client.query('CREATE TEMP TABLE t (a int)')
  await client.query('BEGIN')
  await client.query('INSERT INTO t VALUES (1)')
  for await (const row of client.cursor(TEN_THOUSAND)) if (row.i === 5) break
  expect(client.getTransactionStatus()).toBe('T')
  await client.query('COMMIT')
  expect((await client.query('SELECT a FROM t')).rows).toEqual([{ a: 1 }])
})
