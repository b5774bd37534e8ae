'use strict'

const { failureOf, newClient } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')

// pg overwrites the first call's callback before it fails the second, so the first never hears (DV-11).
onlyOxpg('a second connect() while connecting fails, and the first one still succeeds', async () => {
  const client = newClient()
  const first = client.connect()
  const second = failureOf(client.connect())
  expect((await second).message).toBe('Client has already been connected. You cannot reuse a client.')
  expect(await first).toBe(client)
})

test('a second connect() once connected fails, and the client goes on', async () => {
  const client = newClient()
  await client.connect()
  expect((await failureOf(client.connect())).message).toBe(
    'Client has already been connected. You cannot reuse a client.'
  )
  expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
})
