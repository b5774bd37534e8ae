'use strict'

const { newClient, openClient, sessionsOf, failureOf } = require('../support/connections')
const { nextEvent, until } = require('../support/until')

test('end() resolves with nothing, emits end, and the session is gone from the server', async () => {
  const client = await openClient()
  const ended = nextEvent(client, 'end')
  expect(await client.end()).toBeUndefined()
  expect(await ended).toEqual([])
  await until('the server has no session', async () => (await sessionsOf(client)).length === 0)
})

test('end() takes a callback', (done) => {
  openClient().then((client) => expect(client.end(done)).toBeUndefined())
})

test('a second end() resolves', async () => {
  const client = await openClient()
  await client.end()
  await client.end()
})

test('end() of a client that was never connected resolves', async () => {
  await newClient().end()
})

test('a query after end() rejects', async () => {
  const client = await openClient()
  await client.end()
  expect((await failureOf(client.query('SELECT 1'))).message).toBe('Client was closed and is not queryable')
})

test('end() with queries in flight fails them, and emits no error', async () => {
  const client = await openClient()
  client.on('error', (error) => expect(error).toBeUndefined())
  const failures = [client.query('SELECT pg_sleep(600)'), client.query('SELECT 1')].map(failureOf)
  await until('the server runs it', async () => (await sessionsOf(client))[0].state === 'active')
  await client.end()
  const messages = (await Promise.all(failures)).map((error) => error.message)
  expect(messages).toEqual(['Connection terminated', 'Connection terminated'])
})

test('a client cannot be connected twice', async () => {
  const client = await openClient()
  expect((await failureOf(client.connect())).message).toBe(
    'Client has already been connected. You cannot reuse a client.'
  )
})
