'use strict'

const { newClient, openClient } = require('../support/connections')

test('processID is that of the session on the server, and null before there is one', async () => {
  const client = newClient()
  expect(client.processID).toBeNull()
  await client.connect()
  const { rows } = await client.query('SELECT pg_backend_pid() AS pid')
  expect(client.processID).toBe(rows[0].pid)
})

test('each client has its own', async () => {
  const [first, second] = [await openClient(), await openClient()]
  expect(first.processID).not.toBe(second.processID)
})
