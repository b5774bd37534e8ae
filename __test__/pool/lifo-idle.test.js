'use strict'

const { openPool } = require('../support/connections')

test('the session released last is handed out first', async () => {
  const pool = openPool({ max: 3 })
  const [a, b, c] = await Promise.all([pool.connect(), pool.connect(), pool.connect()])
  for (const client of [b, c, a]) client.release()
  const again = [await pool.connect(), await pool.connect(), await pool.connect()]
  expect(again.map((client) => client.processID)).toEqual([a.processID, c.processID, b.processID])
  for (const client of again) client.release()
})
