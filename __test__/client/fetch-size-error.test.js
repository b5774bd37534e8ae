'use strict'

const { failureOf, openClient } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')

// pg sends Flush instead of Sync until the last row, and after an error it never sends one (DV-9).
onlyOxpg('an error amid a query with a fetch size arrives, and the client goes on', async () => {
  const client = await openClient()
  const text = 'select 1 / (5 - i) as quotient from generate_series(1, 9) i'
  expect((await failureOf(client.query({ text, rows: 2 }))).code).toBe('22012')
  expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
})

onlyOxpg('so does an error before the first row', async () => {
  const client = await openClient()
  expect((await failureOf(client.query({ text: 'select * from no_such_table', rows: 2 }))).code).toBe('42P01')
  expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
})
