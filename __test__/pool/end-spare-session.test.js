'use strict'

const { openPool } = require('../support/connections')
const { settles } = require('../support/until')

// Both sessions are given back while the one waiter has not run yet, so both are kept for it.
test('a pool ends although more sessions come back than there are waiters', async () => {
  for (let round = 0; round < 5; round++) {
    const pool = openPool({ max: 2, idleTimeoutMillis: 0 })
    const holders = [await pool.connect(), await pool.connect()]
    const waiter = pool.connect()
    const ended = pool.end()
    for (const holder of holders) holder.release()
    const served = await settles('the waiter', waiter)
    served.release()
    await settles('pool.end()', ended)
  }
})
