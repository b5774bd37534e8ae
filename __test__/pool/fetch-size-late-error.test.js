'use strict'

const { failureOf, openPool } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')

// A deferred constraint fails at the Sync that follows the last page. Another Sync would end the next query early,
// and its rows would go to the one after it.
onlyOxpg(
  'an error at the end of a query with a fetch size leaves the next queries their results',
  async () => {
    const pool = openPool({ max: 1 })
    await pool.query(
      `CREATE TEMPORARY TABLE late (id int PRIMARY KEY, parent int REFERENCES late (id) DEFERRABLE INITIALLY DEFERRED)`
    )
    const failure = failureOf(pool.query({ text: 'INSERT INTO late VALUES (1, 99)', rows: 10 }))
    const next = Array.from({ length: 8 }, (_, n) => pool.query(`SELECT ${n} AS n`))
    expect((await failure).code).toBe('23503')
    const results = await Promise.all(next)
    expect(results.map(({ rows }) => rows)).toEqual(Array.from({ length: 8 }, (_, n) => [{ n }]))
  }
)

onlyOxpg('so does a COPY from nowhere with a fetch size', async () => {
  const pool = openPool({ max: 1 })
  await pool.query('CREATE TEMPORARY TABLE copied (id int)')
  const failure = failureOf(pool.query({ text: 'COPY copied FROM STDIN', rows: 10 }))
  const next = Array.from({ length: 8 }, (_, n) => pool.query(`SELECT ${n} AS n`))
  expect((await failure).code).toBe('57014')
  const results = await Promise.all(next)
  expect(results.map(({ rows }) => rows)).toEqual(Array.from({ length: 8 }, (_, n) => [{ n }]))
})
