'use strict'

const { openPool } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')

// pg 8.23.1 loses the callback query: a waiter that queues when end() is called is never served (PL-16).
onlyOxpg('the shutdown example prints its lines in the order of the guide', async () => {
  const lines = []
  const pool = openPool()

  lines.push('starting async query')
  await pool.query('SELECT NOW()')
  lines.push('async query finished')

  lines.push('starting callback query')
  pool.query('SELECT NOW()', (error) => {
    lines.push(error ? error.message : 'callback query finished')
  })

  lines.push('calling end')
  await pool.end()
  lines.push('pool has drained')

  expect(lines).toEqual([
    'starting async query',
    'async query finished',
    'starting callback query',
    'calling end',
    'callback query finished',
    'pool has drained',
  ])
})

test('end() waits for a client that is still checked out', async () => {
  const lines = []
  const pool = openPool()
  const client = await pool.connect()
  const ended = pool.end().then(() => lines.push('pool has drained'))
  const { rows } = await client.query('SELECT 1 AS one')
  lines.push(`query answered ${rows[0].one}`)
  client.release()
  await ended
  expect(lines).toEqual(['query answered 1', 'pool has drained'])
  expect(pool.totalCount).toBe(0)
})
