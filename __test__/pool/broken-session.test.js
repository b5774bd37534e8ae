'use strict'

const { openPool, terminate } = require('../support/connections')

test('a checked-out session that broke is not handed out again', async () => {
  const pool = openPool({ max: 1 })
  const poolErrors = []
  pool.on('error', (error) => poolErrors.push(error))
  const client = await pool.connect()
  const errors = []
  client.on('error', (error) => errors.push(error))
  const ended = new Promise((resolve) => client.once('end', resolve))
  await terminate(client.processID)
  await ended
  expect(errors[0]).toMatchObject({ code: '57P01' })
  // What happens to a checked-out client is its holder's business (PL-10): it still counts, and the pool says nothing.
  expect(pool.totalCount).toBe(1)
  expect(poolErrors).toEqual([])
  client.release()
  expect(pool.totalCount).toBe(0)
  const next = await pool.connect()
  expect(next.processID).not.toBe(client.processID)
  next.release()
})
