'use strict'

// Connections that end, and Clients that are given back, while a Submittable is active.

const { parity } = require('../parity/harness')
const { fakeSession } = require('../parity/fake-session')
const { startFakeServer, messages } = require('../support/fake-server')
const { after, openClient, openPool, failureOf } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')
const { extensions } = require('./extensions')

const EVENTS = ['error', 'end']

const cursorOf = ({ side }, text) => new (extensions(side).Cursor)(text)

/** A client whose server answers the first page of a cursor and then does something else. */
async function pageOf(context, then) {
  const client = await fakeSession(context, EVENTS, async (peer) => {
    await peer.expect('H')
    peer.send(messages.parseComplete(), messages.frame('2'), messages.rowDescription(['a']))
    await peer.expect('H')
    peer.send(messages.dataRow(['1']), messages.portalSuspended())
    await peer.expect('E')
    await then(peer)
  })
  const cursor = client.query(cursorOf(context, 'SELECT 1'))
  context.log('page', await cursor.read(1))
  return { client, cursor }
}

parity('L-3: the socket closes while a cursor reads', async (context) => {
  const { client, cursor } = await pageOf(context, (peer) => peer.end())
  const queued = context.log.settle('queued', client.query('SELECT 2'))
  context.log('read', await context.outcome(cursor.read(1)))
  await queued
  await context.until(() => context.log.count('end') === 1)
  context.log('later', await context.outcome(client.query('SELECT 3')))
})

parity('L-2: a fatal error ends a cursor', async (context) => {
  const fatal = messages.errorResponse({ S: 'FATAL', C: '57P01', M: 'going down' })
  const { client, cursor } = await pageOf(context, async (peer) => {
    peer.send(fatal)
    // Only when the cursor has said its Sync, or the loss would be a reset as often as not.
    await peer.expect('S')
    peer.end()
  })
  context.log('read', await context.outcome(cursor.read(1)))
  await context.until(() => context.log.count('end') === 1)
  return client._queryable
})

parity('EN-4: client.end() while a cursor reads', async (context) => {
  const { client, cursor } = await pageOf(context, (peer) => peer.gone())
  const read = context.outcome(cursor.read(1))
  context.log('ended', await client.end())
  context.log('read', await read)
})

parity('L-3: what the server said before it closed is still read, slowly', async (context) => {
  const count = 300
  const client = await fakeSession(context, EVENTS, async (peer) => {
    await peer.expect('Q')
    const line = messages.copyData('x'.repeat(1000))
    peer.send(messages.copyOutResponse(), ...Array(count).fill(line))
    peer.end()
  })
  const stream = client.query(extensions(context.side).copyTo('COPY t TO STDOUT'))
  stream.on('error', (error) => context.log('stream error', error))
  let length = 0
  stream.on('readable', () => setImmediate(() => (length += stream.read()?.length ?? 0)))
  await context.until(() => length === count * 1000)
  await context.until(() => context.log.count('end') === 1)
  return length
})

parity('L-4: connection.stream.destroy(error) under a cursor', async (context) => {
  const { client, cursor } = await pageOf(context, (peer) => peer.gone())
  const read = context.outcome(cursor.read(1))
  client.connection.stream.destroy(new Error('cut'))
  context.log('read', await read)
  await context.until(() => context.log.count('end') === 1)
})

parity('PL-5: a client is released with an open cursor, and closed by its error', async (context) => {
  const pool = context.newPool({ max: 1 })
  const client = await pool.connect()
  const cursor = client.query(cursorOf(context, 'SELECT generate_series(1, 9) AS n'))
  context.log('page', await cursor.read(2))
  client.release(new Error('broken'))
  return (await pool.query('SELECT 1 AS next')).rows
})

onlyOxpg(
  'a client that is released with an open cursor serves nobody before the cursor is closed',
  async () => {
    const pool = openPool({ max: 1 })
    const client = await pool.connect()
    const cursor = client.query(cursorOf({ side: 'ours' }, 'SELECT generate_series(1, 9) AS n'))
    await cursor.read(2)
    client.release()
    const next = pool.query('SELECT 1 AS next')
    expect(await cursor.read(2)).toEqual([{ n: 3 }, { n: 4 }])
    expect(pool.waitingCount).toBe(1)
    await cursor.close()
    expect((await next).rows).toEqual([{ next: 1 }])
  }
)

onlyOxpg('a killed session fails its cursor, and the pool replaces it', async () => {
  const pool = openPool({ max: 1 })
  const client = await pool.connect()
  client.on('error', () => {})
  const ended = new Promise((resolve) => client.once('end', resolve))
  const cursor = client.query(
    cursorOf({ side: 'ours' }, 'SELECT n, pg_sleep(0.02) FROM generate_series(1, 999) n')
  )
  await cursor.read(1)
  const failure = failureOf(cursor.read(900))
  const admin = openPool({ max: 1 })
  await admin.query('SELECT pg_terminate_backend($1)', [client.processID])
  expect((await failure).message).toMatch(/terminat|ECONNRESET/)
  await ended
  client.release()
  expect((await pool.query('SELECT 1 AS next')).rows).toEqual([{ next: 1 }])
})

onlyOxpg('garbage among the lent bytes ends the session, after what came before it', async () => {
  const server = await startFakeServer(async (peer) => {
    await peer.welcome()
    await peer.expect('Q')
    const garbage = Buffer.from('HTTP/1.1 400 Bad Request')
    peer.send(messages.rowDescription(['a']), messages.dataRow(['1']), garbage)
    await peer.gone()
  })
  after(() => server.close())
  const client = await openClient(server.config)
  const rows = []
  const lost = new Promise((resolve) => client.once('error', resolve))
  const failed = new Promise((resolve) => {
    client.query({
      submit: (connection) => connection.query('SELECT 1'),
      handleRowDescription: () => {},
      handleDataRow: ({ fields }) => rows.push(fields),
      handleError: resolve,
    })
  })
  const error = await lost
  client.on('error', () => {})
  expect(error.message).toContain("of type 'H' with the impossible length")
  expect(await failed).toBe(error)
  expect(rows).toEqual([['1']])
})
