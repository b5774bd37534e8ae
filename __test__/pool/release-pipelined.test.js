'use strict'

const { openPool, failureOf } = require('../support/connections')

test('a client released with a pipeline under way answers all of it, and then serves the next', async () => {
  const pool = openPool({ max: 1, pipeline: true })
  const client = await pool.connect()
  const answers = [1, 2, 3].map((n) => client.query('SELECT pg_sleep(0.01), $1::int4 AS n', [n]))
  const failure = failureOf(client.query('SELECT 1/0'))
  client.release()
  const next = pool.query('SELECT 4 AS n')
  expect((await Promise.all(answers)).map(({ rows }) => rows[0].n)).toEqual([1, 2, 3])
  expect((await failure).code).toBe('22012')
  expect((await next).rows).toEqual([{ n: 4 }])
  expect([pool.totalCount, pool.idleCount]).toEqual([1, 1])
})
