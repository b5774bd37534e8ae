'use strict'

const { openClient, openPool, failureOf } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')

// A cancel travels on a connection of its own and names only the session: sent late, it would hit whatever runs then.
onlyOxpg('a cancel never hits the next query of a client', async () => {
  const client = await openClient()
  for (let round = 0; round < 40; round++) {
    const text = `SELECT pg_sleep(${round % 2 ? 30 : 0.01})`
    const first = client.query({ text, query_timeout: 10 }).catch((error) => error)
    const second = client.query('SELECT pg_sleep(0.005), $1::int4 AS round', [round])
    const third = client.query('SELECT $1::int4 AS round', [round])
    expect((await second).rows[0].round).toBe(round)
    expect((await third).rows[0].round).toBe(round)
    await first
  }
})

onlyOxpg('a cancel never hits the next holder of a pooled session', async () => {
  const pool = openPool({ max: 2 })
  const jobs = Array.from({ length: 120 }, async (_, n) => {
    if (n % 3 === 0) return failureOf(pool.query({ text: 'SELECT pg_sleep(30)', query_timeout: 10 }))
    return (await pool.query('SELECT pg_sleep(0.002), $1::int4 AS n', [n])).rows[0].n
  })
  const results = await Promise.all(jobs)
  const expected = results.map((_, n) => (n % 3 === 0 ? 'Query read timeout' : n))
  expect(results.map((result) => result.message ?? result)).toEqual(expected)
})
