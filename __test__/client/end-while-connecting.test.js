'use strict'

const { failureOf, newClient } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')

// In pg the connect() never settles (DV-12).
onlyOxpg('end() while connecting ends both: connect() rejects, end() resolves', async () => {
  const client = newClient()
  const connecting = failureOf(client.connect())
  expect(await client.end()).toBeUndefined()
  expect(await connecting).toBeInstanceOf(Error)
})
