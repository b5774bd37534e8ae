'use strict'

const { openPool, failureOf } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')

test('an SQL error on a checked-out client leaves the session usable and poolable', async () => {
  const pool = openPool({ max: 1 })
  const client = await pool.connect()
  const { processID } = client
  expect(await failureOf(client.query('SELECT * FROM missing'))).toMatchObject({ code: '42P01' })
  client.release()
  const { rows } = await pool.query('SELECT pg_backend_pid() AS pid')
  expect(rows).toEqual([{ pid: processID }])
})

// pg destroys the connection on any error of pool.query() (PL-12).
onlyOxpg('an SQL error in pool.query() keeps the connection', async () => {
  const pool = openPool({ max: 1 })
  const before = (await pool.query('SELECT pg_backend_pid() AS pid')).rows[0].pid
  const failing = ['SELECT 1/0', 'SELECT * FROM missing', 'SELEC', "SELECT 'x'::int4"]
  for (const text of failing) {
    await failureOf(pool.query(text))
    await failureOf(pool.query(text, []))
  }
  expect(await failureOf(pool.query('SELECT $1::int4', ['x']))).toMatchObject({ code: '22P02' })
  expect([pool.totalCount, pool.idleCount]).toEqual([1, 1])
  const { rows } = await pool.query('SELECT pg_backend_pid() AS pid')
  expect(rows).toEqual([{ pid: before }])
})

test('many failing queries at once each get their own error', async () => {
  const pool = openPool({ max: 4 })
  const errors = await Promise.all(
    Array.from({ length: 40 }, (_, n) => failureOf(pool.query(`SELECT * FROM missing_${n}`)))
  )
  expect(errors.map((error) => error.message)).toEqual(
    errors.map((_, n) => `relation "missing_${n}" does not exist`)
  )
})
