'use strict'

// Catalogue PL-14: Submittables of the extension packages in pool.query.

const QueryStream = require('pg-query-stream')
const Cursor = require('pg-cursor')
const { from } = require('pg-copy-streams')
const { parity, deviation } = require('./harness')

const counts = (pool) => [pool.totalCount, pool.idleCount, pool.waitingCount]

parity('PL-14: a QueryStream gives its client back at its end', async ({ newPool, log, until }) => {
  const pool = newPool({ max: 1 })
  const stream = new QueryStream('select n from generate_series(1, 250) n')
  const asked = pool.query(stream)
  let count = 0
  for await (const row of stream) count += row.n
  const result = await asked
  log('asked', result?.command, count)
  await until(() => pool.idleCount === 1)
  log('counts', ...counts(pool))
  log('next', (await pool.query('select 1 as n')).rows)
})

parity('PL-14: a QueryStream that fails', async ({ newPool, log, outcome, until }) => {
  const pool = newPool({ max: 1 })
  const stream = new QueryStream('select 1/0')
  const asked = outcome(pool.query(stream))
  const failed = await new Promise((resolve) => {
    stream.on('error', resolve)
    stream.resume()
  })
  log('stream', failed.code)
  log('asked', (await asked).rejected?.code)
  await until(() => pool.totalCount === pool.idleCount)
  log('next', (await pool.query('select 1 as n')).rows)
})

// pg calls the callback of a COPY stream, which is the stream's own: its pool never hears of the end (DV-44).
deviation(
  'a COPY stream keeps its client for ever in pg, and gives it back in oxpg',
  async ({ newPool, until }) => {
    const pool = newPool({ max: 1 })
    await pool.query('create temp table copied (n int)')
    const stream = from('copy copied from stdin')
    let asked = 'waiting'
    pool.query(stream).then(
      () => (asked = 'answered'),
      () => (asked = 'refused')
    )
    await new Promise((resolve) => {
      stream.once('finish', resolve)
      stream.end('1\n2\n')
    })
    // A whole query on another pool later is late enough.
    await newPool().query('select pg_sleep(0.05)')
    const idle = pool.idleCount
    for (const client of pool._clients) if (idle === 0) client.release()
    const { rows } = await pool.query('select count(*)::int as n from copied')
    return [asked, idle, rows[0].n]
  },
  { theirs: ['waiting', 0, 2], ours: ['answered', 1, 2] }
)

// The client is lost to the pool in pg too: a cursor calls nobody when it has been read.
parity('PL-14: a Cursor works, and keeps its client', async ({ newPool, log }) => {
  const pool = newPool({ max: 2 })
  const cursor = new Cursor('select n from generate_series(1, 5) n')
  pool.query(cursor).catch(() => {})
  log('rows', await cursor.read(3))
  await cursor.close()
  log('counts', ...counts(pool))
  for (const client of pool._clients) client.release()
  log('next', (await pool.query('select 1 as n')).rows)
})
