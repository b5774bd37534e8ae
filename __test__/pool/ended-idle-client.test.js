'use strict'

const { openPool } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')
const { until } = require('../support/until')

// pg keeps such a client until somebody checks it out and fails with it.
onlyOxpg('an idle client that its user ends leaves the pool', async () => {
  const pool = openPool({ max: 1 })
  const removed = []
  pool.on('remove', (client) => removed.push(client))
  const client = await pool.connect()
  client.release()
  await client.end()
  await until('the pool has removed it', () => removed.length === 1)
  expect(removed[0] === client).toBe(true)
  expect([pool.totalCount, pool._clients.length]).toEqual([0, 0])
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})
