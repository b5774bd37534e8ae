'use strict'

const { parity } = require('../parity/harness')
const { extensions } = require('./extensions')

const SERIES = 'SELECT n, n::text AS t FROM generate_series(1, 25) AS n'

const cursorOf = ({ side }, ...args) => new (extensions(side).Cursor)(...args)

parity('SUB: a cursor reads in pages, and nothing after the end', async (context) => {
  const client = await context.sharedClient()
  const cursor = client.query(cursorOf(context, SERIES))
  for (let page = 0; page < 5; page++) context.log('page', await cursor.read(10))
  await cursor.close()
  return (await client.query('SELECT 1 AS next')).rows
})

parity('SUB: a cursor takes values', async (context) => {
  const client = await context.sharedClient()
  const values = [7, 'text', null, new Date(0), [1, 2], Buffer.from('bytes'), { a: 1 }]
  const text =
    'SELECT $1::int AS i, $2::text AS t, $3::int AS n, $4::timestamptz AS d, $5::int[] AS l, $6::bytea AS b, $7::json AS j'
  return client.query(cursorOf(context, text, values)).read(2)
})

parity('SUB, Q-7: a cursor parses with the types of its client, or with its own', async (context) => {
  const types = { getTypeParser: () => (text) => `client's ${text}` }
  const own = { getTypeParser: () => (text) => `own ${text}` }
  const client = await context.connect({ types })
  const first = client.query(cursorOf(context, SERIES))
  context.log('client', await first.read(1))
  await first.close()
  const cursor = client.query(cursorOf(context, SERIES, [], { types: own, rowMode: 'array' }))
  context.log('own', await cursor.read(1))
  await cursor.close()
})

parity('SUB: a cursor gives its result beside the rows, and emits rows and its end', async (context) => {
  const client = await context.sharedClient()
  const cursor = context.log.events(client.query(cursorOf(context, SERIES)), ['row', 'end', 'error'])
  await new Promise((resolve) =>
    cursor.read(2, (error, rows, result) => {
      context.log('read', error, rows, result)
      resolve()
    })
  )
  await cursor.close()
})

parity('SUB: a cursor is closed early, and the queries queued behind it run', async (context) => {
  const client = await context.connect()
  const first = client.query(cursorOf(context, SERIES))
  const behind = client.query('SELECT 1 AS one')
  const second = client.query(cursorOf(context, SERIES))
  const last = client.query('SELECT $1::int AS two', [2])
  const rows = [(await first.read(3)).length]
  await first.close()
  rows.push((await behind).rows, (await second.read(100)).length, (await last).rows)
  return [rows, await client.query('SELECT 3 AS three')]
})

parity('SUB: a cursor that is closed before it has read anything', async (context) => {
  const client = await context.sharedClient()
  await client.query(cursorOf(context, SERIES)).close()
  return (await client.query('SELECT 1 AS next')).rows
})

parity('SUB: a cursor that was never submitted closes and reads nothing', async (context) => {
  await cursorOf(context, SERIES).close()
  return 'closed'
})

parity('SUB: an error in the middle of a cursor', async (context) => {
  const client = await context.sharedClient()
  const cursor = client.query(cursorOf(context, 'SELECT 1 / (3 - n) FROM generate_series(1, 9) AS n'))
  context.log('one', await cursor.read(1))
  context.log('error', await context.outcome(cursor.read(5)))
  context.log('again', await context.outcome(cursor.read(5)))
  await cursor.close()
  context.log('status', client.getTransactionStatus())
  return (await client.query('SELECT 1 AS next')).rows
})

parity('SUB: a cursor over what cannot be parsed fails every read that waits', async (context) => {
  const client = await context.sharedClient()
  const cursor = client.query(cursorOf(context, 'SELEKT'))
  const outcomes = [context.outcome(cursor.read(1)), context.outcome(cursor.read(1))]
  context.log('reads', await Promise.all(outcomes))
  return (await client.query('SELECT 1 AS next')).rows
})

parity('SUB: statements without rows, and without anything', async (context) => {
  const client = await context.connect()
  await client.query('CREATE TEMP TABLE lent (a int)')
  const insert = client.query(cursorOf(context, 'INSERT INTO lent VALUES (1), (2)'))
  context.log('insert', await insert.read(5))
  const returning = client.query(cursorOf(context, 'INSERT INTO lent VALUES (3) RETURNING a'))
  context.log('returning', await returning.read(5))
  await returning.close()
  return (await client.query('SELECT count(*) FROM lent')).rows
})

parity('SUB, Z-3: the transaction status after a cursor', async (context) => {
  const client = await context.connect()
  await client.query('BEGIN')
  const cursor = client.query(cursorOf(context, SERIES))
  context.log('rows', (await cursor.read(5)).length, client.getTransactionStatus())
  await cursor.close()
  context.log('closed', client.getTransactionStatus())
  const failing = client.query(cursorOf(context, 'SELECT 1 / 0'))
  context.log('failed', await context.outcome(failing.read(1)))
  await failing.close()
  context.log('status', client.getTransactionStatus())
  await client.query('ROLLBACK')
  return client.getTransactionStatus()
})

parity('SUB: one cursor after the other over one client', async (context) => {
  const client = await context.sharedClient()
  let count = 0
  for (let round = 0; round < 30; round++) {
    const cursor = client.query(cursorOf(context, SERIES))
    for (let rows; (rows = await cursor.read(4)).length > 0;) count += rows.length
  }
  return count
})

parity('SUB: long rows arrive whole', async (context) => {
  const client = await context.sharedClient()
  const text = "SELECT n, repeat(n::text || 'é', 50000) AS t FROM generate_series(1, 40) AS n"
  const cursor = client.query(cursorOf(context, text))
  const lengths = []
  for (let rows; (rows = await cursor.read(7)).length > 0;) lengths.push(...rows.map((row) => row.t.length))
  return lengths
})

parity('Q-8: a cursor on a client that has ended', async (context) => {
  const client = await context.connect()
  await client.end()
  return context.outcome(client.query(cursorOf(context, SERIES)).read(1))
})
