'use strict'

const { openPool, failureOf } = require('../support/connections')

const MESSAGE = 'Cannot use a pool after calling end on the pool'

test('connect() after end() rejects', async () => {
  const pool = openPool()
  await pool.end()
  expect(await failureOf(pool.connect())).toMatchObject({ message: MESSAGE })
})

test('query() after end() rejects', async () => {
  const pool = openPool()
  await pool.query('SELECT 1')
  await pool.end()
  expect(await failureOf(pool.query('SELECT 1'))).toMatchObject({ message: MESSAGE })
})

test('connect() rejects from the moment end() is called, not only when it has drained', async () => {
  const pool = openPool()
  const client = await pool.connect()
  const ended = pool.end()
  expect(await failureOf(pool.connect())).toMatchObject({ message: MESSAGE })
  client.release()
  await ended
})

test('the callback forms hand the error to the callback', async () => {
  const pool = openPool()
  await pool.end()
  const fromConnect = await new Promise((resolve) => pool.connect(resolve))
  expect(fromConnect).toMatchObject({ message: MESSAGE })
  const fromQuery = await new Promise((resolve) => pool.query('SELECT 1', resolve))
  expect(fromQuery).toMatchObject({ message: MESSAGE })
})

test('a second end() rejects', async () => {
  const pool = openPool()
  await pool.end()
  expect(await failureOf(pool.end())).toMatchObject({ message: 'Called end on pool more than once' })
})
