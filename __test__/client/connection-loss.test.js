'use strict'

const { openClient, after, sessionsOf, terminate, failureOf } = require('../support/connections')
const { startProxy } = require('../support/proxy')
const { sharedServer } = require('../support/server')
const { until } = require('../support/until')

test('a session killed during a query fails the query with the words of the server', async () => {
  const client = await openClient()
  const errors = []
  client.on('error', (error) => errors.push(error.message))
  const failure = failureOf(client.query('SELECT pg_sleep(600)'))
  await until('the server runs it', async () => (await sessionsOf(client))[0].state === 'active')
  await terminate(client.processID)
  expect(await failure).toMatchObject({ code: '57P01' })
  await until('the loss is reported', () => errors.length > 0)
  expect(errors).toEqual(['Connection terminated unexpectedly'])
})

test('a socket that closes during a query fails it and all queued ones', async () => {
  const proxy = await startProxy(sharedServer())
  after(() => proxy.close())
  const client = await openClient(proxy.config)
  client.on('error', () => {})
  const failures = [1, 2, 3].map(() => failureOf(client.query('SELECT pg_sleep(600)')))
  await until('the server runs it', async () => (await sessionsOf(client))[0].state === 'active')
  proxy.drop()
  const messages = (await Promise.all(failures)).map((error) => error.message)
  expect(messages).toEqual(Array(3).fill('Connection terminated unexpectedly'))
  expect((await failureOf(client.query('SELECT 1'))).message).toBe(
    'Client has encountered a connection error and is not queryable'
  )
})

test('a connection reset in the middle of a result fails the query', async () => {
  const proxy = await startProxy(sharedServer())
  after(() => proxy.close())
  proxy.cutAfter(200_000)
  const client = await openClient(proxy.config)
  client.on('error', () => {})
  const error = await failureOf(client.query("SELECT repeat('x', 1000) FROM generate_series(1, 10000)"))
  expect(['read ECONNRESET', 'Connection terminated unexpectedly']).toContain(error.message)
})
