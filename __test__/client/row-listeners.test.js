'use strict'

const { once } = require('node:events')
const { openClient } = require('../support/connections')
const { subject } = require('../support/drivers')

test('rows that nobody listens to any more are not kept', async () => {
  const client = await openClient()
  const query = client.query(new subject.Query("SELECT repeat('x', 100) FROM generate_series(1, 5000)"))
  let heard = 0
  query.once('row', () => heard++)
  const [result] = await once(query, 'end')
  expect(heard).toBe(1)
  expect(result.rows).toEqual([])
  expect(result.rowCount).toBe(5000)
})
