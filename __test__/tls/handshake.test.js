'use strict'

// What can go wrong between the `S` and the first encrypted word: nothing hangs, nothing leaks, nothing of what comes in
// plain text is believed.

const { setImmediate: turn } = require('node:timers/promises')
const { createAuthority } = require('../support/certificates')
const { openPool, newClient, after, failureOf } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')
const { startFakeServer, messages } = require('../support/fake-server')
const { startPostgres } = require('../support/postgres')
const { startProxy } = require('../support/proxy')
const { settles, until } = require('../support/until')
const { parity } = require('../parity/harness')

const authority = createAuthority()
const ca = authority.cert
const KINDS = {
  'a socket of ours': { ca },
  'a socket of Node': { ca, checkServerIdentity: () => undefined },
}
let server

beforeAll(async () => {
  server = await startPostgres({ tls: authority.issue({ type: 'rsa' }) })
})
afterAll(() => server.stop())

const session = Buffer.concat([messages.welcome(), messages.answer(['injected'], [['row']])])
const kinds = Object.keys(KINDS)
const each = (values) => kinds.flatMap((kind) => values.map((value) => [kind, value]))

const IN_PLACE_OF_A_HELLO = {
  'a session in plain text': session,
  'an error in plain text': messages.errorResponse({ S: 'FATAL', C: '28P01', M: 'words of a stranger' }),
  'a line of text': Buffer.from('this is no server hello, whatever it may look like\r\n'),
  zeros: Buffer.alloc(64),
  'an alert': Buffer.from('15030300020228', 'hex'),
  'a record that is too long': Buffer.concat([Buffer.from('160303ffff', 'hex'), Buffer.alloc(65535)]),
}

// In pg it is mostly the write of the startup message that fails, and its text has OpenSSL's reason (DV-50).
function reasonOf({ code, message }) {
  const [, reason] = (code === 'EPROTO' && /SSL routines:[^:]*:([^:]*):/.exec(message)) || []
  if (reason) return [`ERR_SSL_${reason.toUpperCase().replaceAll(' ', '_')}`]
  return /^ERR_SSL_/.test(code) ? [code] : [code, message]
}

parity.each(each(Object.keys(IN_PLACE_OF_A_HELLO)))(
  ([kind, name]) => `T-1: ${name} in place of the server's hello, over ${kind}`,
  async ({ pg, outcome, until, defer }, [kind, name]) => {
    let said
    const fake = await startFakeServer(async (peer) => {
      await peer.sslRequest()
      peer.send(Buffer.from('S'))
      await peer.bytes(64) // of the client's hello
      peer.end(IN_PLACE_OF_A_HELLO[name])
      said = (await peer.rest()).toString('latin1')
    })
    defer(() => fake.close())
    const client = new pg.Client({ ...fake.config, ssl: KINDS[kind] })
    client.on('error', () => {})
    const { rejected } = await outcome(client.connect())
    await until(() => fake.open === 0 && said !== undefined)
    return [...reasonOf(rejected), client.processID, said.includes('user\0')]
  }
)

test.each(kinds)('plain text in a segment of its own, behind the S, is never believed: %s', async (kind) => {
  let said
  const fake = await startFakeServer(async (peer) => {
    await peer.sslRequest()
    peer.send(Buffer.from('S'))
    await turn()
    peer.send(session)
    said = (await peer.rest()).toString('latin1')
  })
  after(() => fake.close())
  const client = newClient({ ...fake.config, ssl: KINDS[kind] })
  client.on('error', () => {})
  await settles('connect()', failureOf(client.connect()))
  await until('the socket is closed', () => fake.open === 0 && said !== undefined)
  expect(client.processID).toBeNull()
  expect(said).not.toContain('user\0')
})

// 1 is the S itself; the server's flight, with its certificate, is longer than 900.
parity.each(each([1, 2, 6, 100, 500, 900]))(
  ([kind, limit]) => `T-5: the connection ends after ${limit} bytes from the server, over ${kind}`,
  async ({ pg, outcome, until, defer }, [kind, limit]) => {
    const fake = await startFakeServer((peer) => peer.forward(server, { limit }))
    defer(() => fake.close())
    const client = new pg.Client({ ...server.config, ...addressOf(fake), ssl: KINDS[kind] })
    client.on('error', () => {})
    const { rejected } = await outcome(client.connect())
    await until(() => fake.open === 0)
    return [rejected.code, rejected.message]
  }
)

const addressOf = ({ host, port }) => ({ host, port })

test.each(each([1, 2, 100, 500]))(
  'a reset in the middle of the handshake is an error, and leaks no slot: %s, after %i bytes',
  async (kind, bytes) => {
    const proxy = await startProxy(server)
    after(() => proxy.close())
    proxy.cutAfter(bytes)
    const pool = openPool({ ...proxy.config, ssl: KINDS[kind], max: 1 })
    const error = await settles('connect()', failureOf(pool.connect()))
    expect(error.code).toBe('ECONNRESET')
    expect([pool.totalCount, pool.waitingCount]).toEqual([0, 0])
    await proxy.restoreForNew()
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  }
)

const STALLS = { 'before the S': 0, 'behind the S': 1, 'in the middle of the server hello': 100 }
const stalls = kinds.flatMap((kind) => Object.entries(STALLS).map(([where, bytes]) => [kind, where, bytes]))

for (const [kind, where, bytes] of stalls) {
  onlyOxpg(`the deadline ends a handshake that stalls ${where}, over ${kind}`, async () => {
    const proxy = await startProxy(server)
    after(() => proxy.close())
    if (bytes === 0) proxy.mute()
    else proxy.stallAfter(bytes)
    const pool = openPool({ ...proxy.config, ssl: KINDS[kind], max: 1, connectionTimeoutMillis: 300 })
    const error = await settles('connect()', failureOf(pool.connect()))
    const message = 'Connection terminated due to connection timeout'
    expect(error).toMatchObject({ message, phase: 'tls' })
    expect([pool.totalCount, pool.waitingCount]).toEqual([0, 0])
    await proxy.restoreForNew()
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    proxy.drop()
    await until('the sockets are closed', () => proxy.open === 0)
  })
}

parity.each(each(['postgres', 'direct']))(
  ([kind, style]) => `T-1: bytes that come one by one, over ${kind} (${style})`,
  async ({ connect, defer }, [kind, sslnegotiation]) => {
    const fake = await startFakeServer((peer) => peer.forward(server, { drip: true }))
    defer(() => fake.close())
    const config = { ...server.config, ...addressOf(fake), ssl: KINDS[kind], sslnegotiation }
    const client = await connect({ ...config, enableChannelBinding: true })
    return (await client.query('SELECT n, $1::text AS t FROM generate_series(1, 3) n', ['ü'])).rows
  }
)
