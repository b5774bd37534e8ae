'use strict'

const { openClient, openPool, uniqueName } = require('../support/connections')
const { nextEvent, until } = require('../support/until')

test('a notification from another session is an event of an idle client', async () => {
  const channel = uniqueName()
  const listener = await openClient()
  await listener.query(`LISTEN "${channel}"`)
  const heard = nextEvent(listener, 'notification')
  const sender = await openClient()
  await sender.query('SELECT pg_notify($1, $2)', [channel, 'a payload \u{1f600}'])
  const [message] = await heard
  expect(message).toMatchObject({ channel, payload: 'a payload \u{1f600}', processId: sender.processID })
})

test('notifications arrive complete and in the order of sending', async () => {
  const channel = uniqueName()
  const listener = await openClient()
  await listener.query(`LISTEN "${channel}"`)
  const payloads = []
  listener.on('notification', (message) => payloads.push(Number(message.payload)))
  const sender = await openClient()
  await sender.query('SELECT pg_notify($1, n::text) FROM generate_series(1, 500) n', [channel])
  await until('all are heard', () => payloads.length === 500)
  expect(payloads).toEqual(Array.from({ length: 500 }, (_, index) => index + 1))
})

test('a checked-out client of a pool hears notifications too', async () => {
  const channel = uniqueName()
  const pool = openPool()
  const client = await pool.connect()
  const heard = nextEvent(client, 'notification')
  await client.query(`LISTEN "${channel}"`)
  await pool.query(`NOTIFY "${channel}", 'from the pool'`)
  expect((await heard)[0]).toMatchObject({ channel, payload: 'from the pool' })
  await client.query('UNLISTEN *')
  client.release()
})
