'use strict'

// Large results, a page at a time, and COPY in both directions.
// DATABASE_URL=postgres://user:password@localhost:5432/database node examples/streaming.js

const { Readable, Transform } = require('node:stream')
const { pipeline } = require('node:stream/promises')
const { Pool } = require('oxpg')

// A loop over a million rows holds a hundred at a time; break closes the cursor.
async function firstAbove(client, limit) {
  for await (const row of client.cursor('select i from generate_series(1, $1::int) i', [1_000_000])) {
    if (row.i > limit) return row.i
  }
}

// The stream takes a client of the pool and gives it back, whatever happens.
async function report(pool) {
  let length = 0
  const lines = new Transform({
    writableObjectMode: true,
    transform: (row, encoding, done) => done(null, `${row.id},${row.name}\n`),
  })
  lines.on('data', (line) => (length += line.length))
  await pipeline(pool.stream('select id, name from person order by id'), lines)
  return length
}

async function load(client, people) {
  const rows = people.map(({ id, name }) => `${id}\t${name}\n`)
  const target = client.copyFrom('copy person from stdin')
  await pipeline(Readable.from(rows), target)
  return target.rowCount
}

async function main() {
  const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 1 })
  const client = await pool.connect()
  console.log('cursor:    ', await firstAbove(client, 250), client.getTransactionStatus())

  await client.query('create temporary table person (id int, name text)')
  const people = Array.from({ length: 1000 }, (_, i) => ({ id: i, name: `person ${i}` }))
  console.log('copied in: ', await load(client, people), 'rows')

  const source = client.copyTo('copy person to stdout (format csv)')
  for await (const buffer of source) void buffer
  console.log('copied out:', source.rowCount, 'rows,', source.bytes, 'bytes')
  client.release()

  console.log('streamed:  ', await report(pool), 'characters')
  await pool.query({ text: 'select * from person', maxResultBytes: 1000 }).catch((error) => {
    console.log('too large: ', error.code)
  })
  console.log('sessions:  ', pool.totalCount, 'open,', pool.idleCount, 'idle')
  await pool.end()
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
