'use strict'

const { createHash } = require('node:crypto')
const { Writable } = require('node:stream')
const { pipeline } = require('node:stream/promises')
const { parity } = require('../parity/harness')
const { extensions } = require('./extensions')

const copyTo = ({ side }, text) => extensions(side).copyTo(text)

const MANY = "COPY (SELECT n, 'text of line ' || n FROM generate_series(1, 200000) AS n) TO STDOUT"

/** What came, as its length and digest. */
async function digest(stream, write = (chunk, done) => done()) {
  const hash = createHash('md5')
  let length = 0
  const sink = new Writable({
    write(chunk, encoding, done) {
      hash.update(chunk)
      length += chunk.length
      write(chunk, done)
    },
  })
  await pipeline(stream, sink)
  return [length, hash.digest('hex'), stream.rowCount]
}

parity('SUB: a few lines are copied out', async (context) => {
  const client = await context.sharedClient()
  const stream = client.query(copyTo(context, 'COPY (VALUES (1), (2)) TO STDOUT'))
  const chunks = []
  for await (const chunk of stream) chunks.push(chunk)
  return [Buffer.concat(chunks).toString(), (await client.query('SELECT 1 AS next')).rows]
})

parity('SUB: many megabytes are copied out, with the queries queued behind', async (context) => {
  const client = await context.sharedClient()
  const stream = client.query(copyTo(context, MANY))
  const behind = client.query('SELECT 1 AS behind')
  return [await digest(stream), (await behind).rows]
})

parity('SUB: a slow reader gets everything', async (context) => {
  const client = await context.sharedClient()
  const slowly = (chunk, done) => setImmediate(done)
  return [
    await digest(client.query(copyTo(context, MANY)), slowly),
    (await client.query('SELECT 1 AS next')).rows,
  ]
})

parity('SUB: an error before, and one in the middle of, a COPY', async (context) => {
  const client = await context.sharedClient()
  context.log(
    'before',
    await context.outcome(digest(client.query(copyTo(context, 'COPY nowhere TO STDOUT'))))
  )
  const text = 'COPY (SELECT 1 / (n - 150000) FROM generate_series(1, 200000) AS n) TO STDOUT'
  context.log('middle', await context.outcome(digest(client.query(copyTo(context, text)))))
  return (await client.query('SELECT 1 AS next')).rows
})

parity('SUB: one COPY after the other, and cursors between', async (context) => {
  const client = await context.sharedClient()
  const seen = []
  for (let round = 0; round < 10; round++) {
    seen.push(await digest(client.query(copyTo(context, 'COPY (SELECT generate_series(1, 99)) TO STDOUT'))))
    const cursor = client.query(new (extensions(context.side).Cursor)('SELECT generate_series(1, 9) AS n'))
    seen.push(await cursor.read(2))
    await cursor.close()
    seen.push((await client.query('SELECT $1::int AS n', [round])).rows)
  }
  return seen
})

parity('SUB: notices and notifications between the lines do not disturb a COPY', async (context) => {
  const client = await context.connect()
  const other = await context.connect()
  const events = []
  client.on('notification', ({ payload }) => events.push(payload))
  await client.query('LISTEN lent')
  const result = digest(client.query(copyTo(context, MANY)))
  for (let n = 0; n < 5; n++) await other.query(`NOTIFY lent, '${n}'`)
  context.log('copied', await result)
  await other.query("NOTIFY lent, 'last'")
  await context.until(() => events.includes('last'))
  return (await client.query('SELECT 1 AS next')).rows
})

parity('MS-4: COPY through a plain query, before and after a lent one', async (context) => {
  const client = await context.connect()
  const text = 'COPY (VALUES (1), (2)) TO STDOUT'
  context.log('plain', await client.query(text))
  context.log('lent', await digest(client.query(copyTo(context, text))))
  context.log('plain', await client.query(text))
  await client.query('CREATE TEMP TABLE lent (n int)')
  return context.outcome(client.query('COPY lent FROM STDIN'))
})
