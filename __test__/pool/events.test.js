'use strict'

const { openPool, failureOf } = require('../support/connections')
const { nextEvent } = require('../support/until')

function record(pool) {
  const events = []
  pool.on('connect', (client) => events.push(['connect', client]))
  pool.on('acquire', (client) => events.push(['acquire', client]))
  pool.on('release', (error, client) => events.push(['release', client, error]))
  pool.on('remove', (client) => events.push(['remove', client]))
  return events
}

test('a new client is announced before it is handed out', async () => {
  const pool = openPool()
  const events = record(pool)
  const client = await pool.connect()
  expect(events).toEqual([
    ['connect', client],
    ['acquire', client],
  ])
  client.release()
  expect(events.slice(2)).toEqual([['release', client, undefined]])
})

test('an idle client is acquired again without a connect', async () => {
  const pool = openPool()
  const client = await pool.connect()
  client.release()
  const events = record(pool)
  expect(await pool.connect()).toBe(client)
  expect(events).toEqual([['acquire', client]])
  client.release()
})

test('a release with an error tells the error, and the client is removed after its socket is closed', async () => {
  const pool = openPool()
  const client = await pool.connect()
  const events = record(pool)
  const removed = nextEvent(pool, 'remove')
  const unfit = new Error('unfit')
  client.release(unfit)
  expect(events).toEqual([['release', client, unfit]])
  await removed
  expect(events.slice(1)).toEqual([['remove', client]])
})

test('a failed connect is announced by nobody', async () => {
  const pool = openPool({ password: 'wrong' })
  const events = record(pool)
  await failureOf(pool.connect())
  expect(events).toEqual([])
})
