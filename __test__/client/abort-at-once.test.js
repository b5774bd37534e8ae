'use strict'

const { failureOf, openClient } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')
const { settles } = require('../support/until')

// The query is not written before the turn ends, and a CancelRequest that arrives before it cancels nothing.
onlyOxpg('a query that is aborted in the turn that sent it is cancelled on the server', async () => {
  const client = await openClient()
  for (let round = 0; round < 5; round++) {
    const controller = new AbortController()
    const failure = failureOf(client.query({ text: 'SELECT pg_sleep(60)', signal: controller.signal }))
    controller.abort()
    expect((await failure).name).toBe('AbortError')
    await settles('the next query', client.query('SELECT 1'))
  }
})
