'use strict'

const { openPool, failureOf } = require('../support/connections')

const counts = (pool) => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount })

test('counts are right at once, without a turn of the event loop', async () => {
  const pool = openPool({ max: 1 })
  expect(counts(pool)).toEqual({ total: 0, idle: 0, waiting: 0 })
  const connecting = pool.connect()
  expect(counts(pool)).toEqual({ total: 1, idle: 0, waiting: 0 })
  const queued = pool.connect()
  expect(counts(pool)).toEqual({ total: 1, idle: 0, waiting: 1 })
  const client = await connecting
  client.release()
  const next = await queued
  expect(counts(pool)).toEqual({ total: 1, idle: 0, waiting: 0 })
  next.release()
  expect(counts(pool)).toEqual({ total: 1, idle: 1, waiting: 0 })
})

test('a release with an error takes the client out of the counts at once', async () => {
  const pool = openPool({ max: 2 })
  const [first, second] = await Promise.all([pool.connect(), pool.connect()])
  first.release(new Error('unfit'))
  expect(counts(pool)).toEqual({ total: 1, idle: 0, waiting: 0 })
  second.release(true)
  expect(counts(pool)).toEqual({ total: 0, idle: 0, waiting: 0 })
})

test('a failed connect is out of the counts before its error is heard', async () => {
  const pool = openPool({ password: 'wrong', max: 1 })
  const connecting = pool.connect()
  expect(counts(pool)).toEqual({ total: 1, idle: 0, waiting: 0 })
  await failureOf(connecting)
  expect(counts(pool)).toEqual({ total: 0, idle: 0, waiting: 0 })
})
