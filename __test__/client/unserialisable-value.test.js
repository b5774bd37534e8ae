'use strict'

const { openClient } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')

const failure = new Error('this value has no text')
const value = {
  toPostgres() {
    throw failure
  },
}

test('the error of a value that can not be serialised is the very one it threw, and the client goes on', async () => {
  const client = await openClient()
  await expect(client.query('select $1::text', [value])).rejects.toBe(failure)
  expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
})

// pg calls back a second time, with an empty result, at ReadyForQuery (DV-15).
onlyOxpg('its callback is called once', async () => {
  const client = await openClient()
  const calls = []
  client.query('select $1::text', [value], (...args) => calls.push(args))
  // Queries are answered in order: whatever the first one has to say was said before this answer.
  await client.query('select 1')
  expect(calls).toHaveLength(1)
  expect(calls[0][0]).toBe(failure)
})
