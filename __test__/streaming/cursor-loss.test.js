'use strict'

const { openClient, terminate, failureOf } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')
const { settles, nextEvent } = require('../support/until')

onlyOxpg('a connection that is lost between two pages rejects the next read', async () => {
  const client = await openClient()
  const cursor = client.cursor('SELECT 1 FROM generate_series(1, 1000)')
  await cursor.read()
  const lost = nextEvent(client, 'error')
  client.on('error', () => {}) // as in pg, the end of the socket may follow as a second error
  await terminate(client.processID)
  await lost
  expect(await failureOf(settles('read()', cursor.read()))).toMatchObject({ code: '57P01' })
  await settles('close()', cursor.close())
})

onlyOxpg('a connection that is lost during a page rejects it', async () => {
  const client = await openClient()
  client.on('error', () => {})
  const page = failureOf(client.cursor('SELECT pg_sleep(600)').read())
  await terminate(client.processID)
  expect(await settles('read()', page)).toMatchObject({ code: '57P01' })
})

onlyOxpg('client.end() ends the cursor that is under way', async () => {
  const client = await openClient()
  const cursor = client.cursor('SELECT 1 FROM generate_series(1, 1000)')
  await cursor.read()
  await client.end()
  expect(await failureOf(settles('read()', cursor.read()))).toMatchObject({
    message: 'Connection terminated',
  })
  await settles('close()', cursor.close())
})
