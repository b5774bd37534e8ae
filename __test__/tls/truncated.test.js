'use strict'

// TLS says goodbye (close_notify) so that nobody in between can cut a session short unnoticed. PostgreSQL's own protocol
// says where a result ends, so a connection that just ends, with or without a goodbye, is an error: no part passes for the
// whole.

const { createAuthority } = require('../support/certificates')
const { startFakeServer, messages } = require('../support/fake-server')
const { startPostgres } = require('../support/postgres')
const { parity } = require('../parity/harness')
const { extensions } = require('../lending/extensions')

const authority = createAuthority()
const ca = authority.cert
const KINDS = {
  'a socket of ours': { ca },
  'a socket of Node': { ca, checkServerIdentity: () => undefined },
}
const ROWS = "SELECT n, repeat('x', 1000) AS x FROM generate_series(1, 20000) n"
let server

beforeAll(async () => {
  server = await startPostgres({ tls: authority.issue({ type: 'rsa' }) })
})
afterAll(() => server.stop())

const each = (values) => Object.keys(KINDS).flatMap((kind) => values.map((value) => [kind, value]))

// Each gets a config of a connection that ends, without a goodbye, after a million of the server's bytes.
const CUTS = {
  'a query': async ({ connect, outcome }, config) => {
    const client = await connect(config)
    client.on('error', () => {})
    const { rejected } = await outcome(client.query(ROWS))
    return [rejected, await outcome(client.query('SELECT 1'))]
  },
  'a query of a pool': async ({ newPool, outcome, until }, config) => {
    const pool = newPool({ ...config, max: 1 })
    pool.on('error', () => {})
    const { rejected } = await outcome(pool.query(ROWS))
    await until(() => pool.totalCount === 0)
    return [rejected, pool.waitingCount]
  },
  'the rows of a query, one by one': async ({ pg, connect, eventOf }, config) => {
    const client = await connect(config)
    client.on('error', () => {})
    const query = client.query(new pg.Query(ROWS))
    let rows = 0
    query.on('row', () => rows++)
    query.on('end', () => (rows = 'all'))
    const [error] = await eventOf(query, 'error')
    return [error, rows > 0 && rows < 20_000]
  },
  'a COPY TO': async ({ connect, eventOf, side }, config) => {
    const client = await connect(config)
    client.on('error', () => {})
    const stream = client.query(extensions(side).copyTo(`COPY (${ROWS}) TO STDOUT`))
    let ended = false
    stream.on('end', () => (ended = true)).resume()
    const [error] = await eventOf(stream, 'error')
    return [error, ended]
  },
  'a cursor': async ({ connect, outcome, side }, config) => {
    const client = await connect(config)
    client.on('error', () => {})
    const cursor = client.query(new (extensions(side).Cursor)(ROWS))
    const first = await cursor.read(10)
    const { rejected } = await outcome(cursor.read(20_000))
    return [first.length, rejected]
  },
}

parity.each(each(Object.keys(CUTS)))(
  ([kind, name]) => `L-3: ${name} that is cut short, over ${kind}`,
  async (context, [kind, name]) => {
    const fake = await startFakeServer((peer) => peer.forward(server, { limit: 1_000_000 }))
    context.defer(() => fake.close())
    const config = { ...server.config, host: fake.host, port: fake.port, ssl: KINDS[kind] }
    return CUTS[name](context, config)
  }
)

// Where a truncated answer may end: a whole number of messages, so that nothing is missing but the end.
const rows = [['1'], ['2']].map(messages.dataRow)
const ENDS = {
  'behind the rows': [messages.rowDescription(['n']), ...rows],
  'behind the command tag': [messages.rowDescription(['n']), ...rows, messages.commandComplete('SELECT 2')],
  'in the middle of a message': [messages.rowDescription(['n']), rows[0], rows[1].subarray(0, 9)],
  'before the first byte': [],
}
const GOODBYES = {
  'with a goodbye': (peer, bytes) => peer.end(...bytes),
  'without a goodbye': async (peer, bytes) => {
    await peer.flushed(...bytes)
    peer.destroy()
  },
}
const ends = Object.keys(ENDS).flatMap((end) => Object.keys(GOODBYES).map((goodbye) => [end, goodbye]))

parity.each(each(ends))(
  ([kind, [end, goodbye]]) => `L-3: TLS that ends ${end} ${goodbye}, over ${kind}`,
  async ({ connect, outcome, eventOf, defer, log }, [kind, [end, goodbye]]) => {
    const { cert, key } = authority.issue()
    const fake = await startFakeServer(async (peer) => {
      await peer.sslRequest()
      peer.send(Buffer.from('S'))
      await peer.secure({ cert, key })
      await peer.welcome()
      await peer.expect('Q')
      await GOODBYES[goodbye](peer, ENDS[end])
    })
    defer(() => fake.close())
    const client = await connect({ ...fake.config, ssl: KINDS[kind] })
    const over = eventOf(client, 'end')
    log.events(client, ['error', 'end'])
    log('query', await outcome(client.query('SELECT n FROM t')))
    await over
  }
)

parity.each(each(Object.keys(GOODBYES)))(
  ([kind, goodbye]) => `L-1: an idle client whose TLS ends ${goodbye} hears of it, over ${kind}`,
  async ({ newPool, outcome, until, defer, log }, [kind, goodbye]) => {
    const { cert, key } = authority.issue()
    let leave
    const left = new Promise((resolve) => (leave = resolve))
    const fake = await startFakeServer(async (peer) => {
      await peer.sslRequest()
      peer.send(Buffer.from('S'))
      await peer.secure({ cert, key })
      await peer.welcome()
      await left
      await GOODBYES[goodbye](peer, [])
    })
    defer(() => fake.close())
    const pool = newPool({ ...fake.config, ssl: KINDS[kind] })
    log.events(pool, ['error', 'remove'])
    const { resolved: client } = await outcome(pool.connect())
    client.release()
    leave()
    await until(() => pool.totalCount === 0 && log.count('error') > 0)
    log('counts', pool.idleCount)
  }
)
