'use strict'

const net = require('node:net')
const tls = require('node:tls')
const { once } = require('node:events')
const { newClient, openPool, failureOf, after } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')
const { createAuthority } = require('../support/certificates')
const { pkcs12 } = require('../support/pkcs12')
const { startTlsPostgres } = require('../support/postgres')
const { SocketStream } = require('../support/socket-stream')

const authority = createAuthority()
const ca = authority.cert
const checkServerIdentity = () => undefined
let server

beforeAll(async () => {
  server = await startTlsPostgres(authority)
})
afterAll(() => server.stop())

async function connect(options) {
  const client = newClient({ ...server.config, ...options })
  await client.connect()
  return client
}

const who = async (client) => (await client.query('SELECT current_user AS user')).rows[0].user

test('a pfx carries the client certificate and its key', async () => {
  const { cert, key } = authority.issue({ name: 'guest', hosts: ['guest'] })
  const pfx = pkcs12({ cert, key }, 'open')
  const client = await connect({ user: 'guest', ssl: { ca, pfx, passphrase: 'open' } })
  expect(await who(client)).toBe('guest')
  const wrong = failureOf(connect({ user: 'guest', ssl: { ca, pfx, passphrase: 'shut' } }))
  expect((await wrong).message).toContain('mac verify failure')
})

test('secrets among the options do not print', async () => {
  const ssl = { ca, pfx: Buffer.from('nonsense'), passphrase: 'secret-passphrase' }
  const error = await failureOf(connect({ ssl }))
  expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain('secret-passphrase')
})

// In pg the exception is uncaught.
onlyOxpg.each([
  ['an error', new Error('mine'), (thrown) => thrown],
  [
    'nothing',
    undefined,
    () => expect.objectContaining({ message: expect.stringContaining('checkServerIdentity') }),
  ],
])('DV-71: a check of the server that throws %s refuses it', async (what, thrown, expected) => {
  const refusing = () => {
    throw thrown
  }
  const error = await failureOf(connect({ ssl: { ca, checkServerIdentity: refusing } }))
  expect(error).toEqual(expected(thrown))
})

test('a TLSSocket of the application carries the session, as with a connector (ssl: false)', async () => {
  const { host, port } = server.config
  const raw = net.connect(port, host)
  await once(raw, 'connect')
  raw.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])) // SSLRequest
  await once(raw, 'data')
  // It is still shaking hands when it is handed over.
  const stream = tls.connect({ socket: raw, ca, host })
  const client = await connect({ ssl: false, stream, enableChannelBinding: true })
  const text = 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()'
  expect((await client.query(text)).rows).toEqual([{ ssl: true }])
})

test('DV-50: a handshake that the server breaks off has its own code', async () => {
  const ssl = { ca, ecdhCurve: 'P-521' }
  const { code } = await failureOf(connect({ ssl }))
  expect(code).toMatch(/^ERR_SSL_.*HANDSHAKE_FAILURE$/)
})

test('a query is cancelled over TLS of the same kind', async () => {
  let checks = 0
  const client = await connect({ ssl: { ca, checkServerIdentity: () => void checks++ } })
  const error = await failureOf(client.query({ text: 'SELECT pg_sleep(60)', query_timeout: 100 }))
  expect(error.message).toBe('Query read timeout')
  expect(await who(client)).toBe(server.config.user)
  expect(checks).toBeGreaterThan(1)
})

test('large values pass both ways over TLS', async () => {
  const client = await connect({ ssl: { ca, checkServerIdentity }, stream: () => new SocketStream() })
  const text = 'ü'.repeat(3_000_000)
  const { rows } = await client.query('SELECT $1::text AS text FROM generate_series(1, 3)', [text])
  expect(rows.map((row) => row.text === text)).toEqual([true, true, true])
})

test('large values pass both ways over TLS in a stream of the application', async () => {
  const client = await connect({ ssl: { ca, checkServerIdentity }, stream: () => new SocketStream() })
  const text = 'ü'.repeat(3_000_000)
  const { rows } = await client.query('SELECT $1::text AS text FROM generate_series(1, 3)', [text])
  expect(rows.map((row) => row.text === text)).toEqual([true, true, true])
})

test('a pool whose handshakes fail leaks no slot and no socket', async () => {
  const pool = openPool({
    ...server.config,
    max: 2,
    ssl: { ca, minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' },
  })
  const failures = await Promise.all(Array.from({ length: 20 }, () => failureOf(pool.query('SELECT 1'))))
  expect(new Set(failures.map((error) => error.code)).size).toBe(1)
  expect(pool.totalCount).toBe(0)
})

test('two servers of one name: a cancel goes to the address of its session', async () => {
  const lookups = []
  const lookup = net.Socket.prototype.connect
  net.Socket.prototype.connect = function (...args) {
    if (typeof args[0] === 'number') lookups.push(args[1])
    return lookup.apply(this, args)
  }
  after(() => (net.Socket.prototype.connect = lookup))
  const client = await connect({ host: 'localhost', ssl: { ca, checkServerIdentity } })
  await failureOf(client.query({ text: 'SELECT pg_sleep(60)', query_timeout: 100 }))
  await who(client)
  expect(lookups[0]).toBe('localhost')
  expect(lookups.length).toBeGreaterThan(1)
  expect(lookups.slice(1).every((host) => net.isIP(host) > 0)).toBe(true)
})
