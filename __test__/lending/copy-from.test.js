'use strict'

const { Readable, Writable } = require('node:stream')
const { pipeline } = require('node:stream/promises')
const { parity } = require('../parity/harness')
const { extensions } = require('./extensions')

const copyFrom = ({ side }, text) => extensions(side).copyFrom(text)

async function withTable({ connect }) {
  const client = await connect()
  await client.query('CREATE TEMP TABLE lent (n int, t text)')
  return client
}

function* lines(count) {
  for (let n = 0; n < count; n++) yield `${n}\ttext of line ${n}\n`
}

const DIGEST = "SELECT count(*), sum(n), md5(string_agg(t, ',' ORDER BY n)) FROM lent"

parity('SUB: a few lines are copied in', async (context) => {
  const client = await withTable(context)
  const stream = client.query(copyFrom(context, 'COPY lent FROM STDIN'))
  stream.write('1\tone\n')
  stream.end('2\ttwo\n')
  await context.eventOf(stream, 'finish')
  return [stream.rowCount, (await client.query('SELECT * FROM lent')).rows]
})

parity('SUB: many megabytes are copied in, with the queries queued behind', async (context) => {
  const client = await withTable(context)
  const stream = client.query(copyFrom(context, 'COPY lent FROM STDIN'))
  const behind = client.query(DIGEST)
  await pipeline(Readable.from(lines(150_000)), stream)
  return [stream.rowCount, (await behind).rows]
})

parity('SUB: chunks larger than every buffer are copied in', async (context) => {
  const client = await withTable(context)
  const stream = client.query(copyFrom(context, 'COPY lent FROM STDIN'))
  const chunk = Buffer.from(`1\t${'x'.repeat(3_000_000)}\n`)
  await pipeline(Readable.from([chunk, chunk, chunk]), stream)
  return (await client.query('SELECT count(*), sum(length(t)) FROM lent')).rows
})

parity('SUB: an empty COPY', async (context) => {
  const client = await withTable(context)
  const stream = client.query(copyFrom(context, 'COPY lent FROM STDIN'))
  await pipeline(Readable.from([]), stream)
  return [stream.rowCount, (await client.query(DIGEST)).rows]
})

parity('SUB: an error in the data fails the stream, and the client goes on', async (context) => {
  const client = await withTable(context)
  const stream = client.query(copyFrom(context, 'COPY lent FROM STDIN'))
  context.log(
    'error',
    await context.outcome(pipeline(Readable.from(['1\tone\n', 'no number\ttwo\n']), stream))
  )
  return (await client.query(DIGEST)).rows
})

parity('SUB: a COPY into nothing', async (context) => {
  const client = await withTable(context)
  const stream = client.query(copyFrom(context, 'COPY nowhere FROM STDIN'))
  context.log('error', (await context.eventOf(stream, 'error'))[0])
  return (await client.query(DIGEST)).rows
})

parity('SUB: a destroyed stream aborts its COPY', async (context) => {
  const client = await withTable(context)
  const stream = client.query(copyFrom(context, 'COPY lent FROM STDIN'))
  stream.write('1\tone\n')
  await context.eventOf(client.connection, 'copyInResponse')
  stream.destroy(new Error('enough'))
  context.log('error', (await context.eventOf(stream, 'error'))[0])
  return (await client.query(DIGEST)).rows
})

parity('SUB: a source that fails aborts its COPY', async (context) => {
  const client = await withTable(context)
  const stream = client.query(copyFrom(context, 'COPY lent FROM STDIN'))
  const source = Readable.from(
    (function* () {
      yield '1\tone\n'
      throw new Error('the source is dry')
    })()
  )
  context.log('error', await context.outcome(pipeline(source, stream)))
  return (await client.query(DIGEST)).rows
})

parity('E-4: sendCopyFail() aborts a COPY', async (context) => {
  const client = await withTable(context)
  const stream = client.query(copyFrom(context, 'COPY lent FROM STDIN'))
  client.connection.once('copyInResponse', () => client.connection.sendCopyFail('changed my mind'))
  context.log('error', (await context.eventOf(stream, 'error'))[0])
  return (await client.query(DIGEST)).rows
})

parity('E-4: a Submittable of its own copies by the methods of the connection', async (context) => {
  const client = await withTable(context)
  const copy = {
    submit: (connection) => connection.query('COPY lent FROM STDIN'),
    handleCopyInResponse(connection) {
      for (const line of lines(3)) connection.sendCopyFromChunk(Buffer.from(line))
      connection.endCopyFrom()
    },
    handleCommandComplete: (message) => context.log('complete', message),
    handleReadyForQuery: () => context.log('ready'),
    handleError: (error) => context.log('error', error),
  }
  client.query(copy)
  return (await client.query(DIGEST)).rows
})

parity('E-4: COPY in the extended protocol, whose first Sync the backend swallows', async (context) => {
  const client = await withTable(context)
  const copy = {
    submit(connection) {
      connection.parse({ text: 'COPY lent FROM STDIN' })
      connection.bind({})
      connection.execute({})
      connection.sync()
    },
    handleCopyInResponse(connection) {
      connection.sendCopyFromChunk(Buffer.from('1\tone\n'))
      connection.endCopyFrom()
      connection.sync()
    },
    handleCommandComplete: (message) => context.log('complete', message.text),
    handleReadyForQuery: () => context.log('ready'),
    handleError: (error) => context.log('error', error),
  }
  client.query(copy)
  return [(await client.query(DIGEST)).rows, (await client.query('SELECT $1::int AS n', [1])).rows]
})

parity('SUB: a COPY inside a transaction is rolled back with it', async (context) => {
  const client = await withTable(context)
  await client.query('BEGIN')
  await pipeline(Readable.from(lines(5)), client.query(copyFrom(context, 'COPY lent FROM STDIN')))
  context.log('inside', client.getTransactionStatus(), (await client.query(DIGEST)).rows)
  await client.query('ROLLBACK')
  return (await client.query('SELECT to_regclass($1)', ['lent'])).rows
})

parity('SUB: rows go from one table to another through both directions', async (context) => {
  const { copyTo } = extensions(context.side)
  const [source, target] = [await withTable(context), await withTable(context)]
  await source.query("INSERT INTO lent SELECT n, 'row ' || n FROM generate_series(1, 50000) AS n")
  await pipeline(
    source.query(copyTo('COPY lent TO STDOUT (FORMAT binary)')),
    target.query(copyFrom(context, 'COPY lent FROM STDIN (FORMAT binary)'))
  )
  return [(await source.query(DIGEST)).rows, (await target.query(DIGEST)).rows]
})

parity('SUB: the stream of a connection has one reader, and its writer waits', async (context) => {
  const client = await context.connect()
  const { stream } = client.connection
  context.log('before', stream.listenerCount('data'), stream.writable, stream instanceof Writable)
  const cursor = client.query(new (extensions(context.side).Cursor)('SELECT 1'))
  await cursor.read(1)
  context.log('while', stream.listenerCount('data'), client.connection.stream === stream)
  await cursor.close()
  return [stream.listenerCount('data'), stream.destroyed, stream.readableFlowing]
})
