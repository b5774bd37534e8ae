'use strict'

const Cursor = require('pg-cursor')
const { openPool, failureOf } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')
const { startProxy } = require('../support/proxy')
const { sharedServer } = require('../support/server')
const { settles, until } = require('../support/until')

test('a client released during a query serves the next one when the query is done', async () => {
  const pool = openPool({ max: 1 })
  const client = await pool.connect()
  const first = client.query('SELECT pg_sleep(0.05), 1 AS one')
  client.release()
  expect((await pool.query('SELECT 2 AS two')).rows).toEqual([{ two: 2 }])
  expect((await first).rows).toMatchObject([{ one: 1 }])
  expect(pool.totalCount).toBe(1)
})

test('a client that loses its connection after it was released during a query keeps no slot', async () => {
  const pool = openPool({ max: 1 })
  const errors = []
  pool.on('error', (error) => errors.push([error.message, pool.totalCount]))
  const client = await pool.connect()
  const failure = failureOf(client.query('SELECT pg_sleep(600)'))
  client.release()
  await sharedServer().query('SELECT pg_terminate_backend($1)', [client.processID])
  expect(await failure).toMatchObject({ code: '57P01' })
  await until('the pool tells of the loss', () => errors.length > 0)
  expect(errors).toEqual([['Connection terminated unexpectedly', 0]])
  expect((await settles('the next query', pool.query('SELECT 1 AS one'))).rows).toEqual([{ one: 1 }])
  await settles('pool.end()', pool.end())
})

test('a client that its user ends after releasing it during a query keeps no slot', async () => {
  const pool = openPool({ max: 1 })
  const client = await pool.connect()
  const failure = failureOf(client.query('SELECT pg_sleep(600)'))
  client.release()
  await client.end()
  expect((await failure).message).toBe('Connection terminated')
  await until('the slot is free', () => pool.totalCount === 0)
  expect((await settles('the next query', pool.query('SELECT 1 AS one'))).rows).toEqual([{ one: 1 }])
})

// The cancel request is given 5 seconds, so this test takes as long.
onlyOxpg('a timed-out query whose server answers nothing any more gives its slot back', async () => {
  const proxy = await startProxy(sharedServer())
  try {
    const pool = openPool({ ...proxy.config, max: 1 })
    await pool.query('SELECT 1')
    proxy.stall()
    proxy.mute()
    const error = await failureOf(pool.query({ text: 'SELECT 2', query_timeout: 50 }))
    expect(error.message).toBe('Query read timeout')
    const next = pool.query('SELECT 3 AS three')
    await proxy.restoreForNew()
    expect((await settles('the next query', next, { deadline: 20_000 })).rows).toEqual([{ three: 3 }])
  } finally {
    await proxy.close()
  }
})

test.each(['before', 'after'])(
  'an unfinished cursor of a client released %s pool.end() holds up nothing',
  async (when) => {
    const pool = openPool({ max: 1 })
    const client = await pool.connect()
    const cursor = client.query(new Cursor('SELECT generate_series(1, 10) AS n'))
    expect(await cursor.read(1)).toEqual([{ n: 1 }])
    if (when === 'before') client.release()
    const ended = pool.end()
    if (when === 'after') client.release()
    await settles('pool.end()', ended)
    expect(pool.totalCount).toBe(0)
  }
)
