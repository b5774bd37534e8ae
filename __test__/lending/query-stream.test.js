'use strict'

const { parity } = require('../parity/harness')
const { extensions } = require('./extensions')

const streamOf = ({ side }, ...args) => new (extensions(side).QueryStream)(...args)

const MANY = 'SELECT n, now() IS NULL AS never FROM generate_series(1, 5000) AS n'

parity('SUB: a query stream is iterated to its end', async (context) => {
  const client = await context.sharedClient()
  let [count, sum, last] = [0, 0, undefined]
  for await (const row of client.query(streamOf(context, MANY))) {
    count++
    sum += row.n
    last = row
  }
  return [count, sum, last, (await client.query('SELECT 1 AS next')).rows]
})

parity('SUB: leaving the loop closes the portal, and the client goes on', async (context) => {
  const client = await context.sharedClient()
  const seen = []
  for await (const row of client.query(streamOf(context, MANY, [], { batchSize: 3 }))) {
    seen.push(row.n)
    if (seen.length === 5) break
  }
  return [seen, (await client.query('SELECT count(*) FROM pg_cursors')).rows]
})

parity('SUB: an error in the middle of a query stream', async (context) => {
  const client = await context.sharedClient()
  const stream = client.query(streamOf(context, 'SELECT 1 / (50 - n) AS q FROM generate_series(1, 99) AS n'))
  let count = 0
  const error = await context.outcome(async () => {
    for await (const row of stream) count += row.q === undefined ? 0 : 1
  })
  return [count > 0, error, (await client.query('SELECT 1 AS next')).rows]
})

parity('SUB: a destroyed query stream', async (context) => {
  const client = await context.sharedClient()
  const stream = context.log.events(client.query(streamOf(context, MANY)), ['error', 'close', 'end'])
  await new Promise((resolve) => stream.once('readable', resolve))
  const closed = context.eventOf(stream, 'close')
  stream.destroy(new Error('enough'))
  await closed
  return (await client.query('SELECT 1 AS next')).rows
})

parity('PL-14: pool.query(stream) releases its client at the end, and resolves', async (context) => {
  const pool = context.newPool({ max: 1 })
  const stream = streamOf(context, 'SELECT n FROM generate_series(1, 250) AS n')
  const rows = []
  stream.on('data', (row) => rows.push(row.n))
  const result = await pool.query(stream)
  context.log('result', result.command, result.rowCount, rows.length)
  return (await pool.query('SELECT 1 AS next')).rows
})

parity('PL-14: pool.query(stream) whose query fails rejects', async (context) => {
  const pool = context.newPool({ max: 1 })
  const stream = context.log.events(streamOf(context, 'SELECT 1 / 0'), ['error'])
  stream.resume()
  const closed = context.eventOf(stream, 'close')
  const outcome = await context.outcome(pool.query(stream))
  await closed
  context.log('outcome', outcome)
  return (await pool.query('SELECT 1 AS next')).rows
})

parity('SUB: many query streams over a pool at once', async (context) => {
  const pool = context.newPool({ max: 3 })
  const count = async () => {
    const client = await pool.connect()
    let rows = 0
    const text = 'SELECT n FROM generate_series(1, 500) AS n'
    for await (const row of client.query(streamOf(context, text))) rows += row.n > 0 ? 1 : 0
    client.release()
    return rows
  }
  return Promise.all(Array.from({ length: 8 }, count))
})
