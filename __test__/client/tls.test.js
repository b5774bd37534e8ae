'use strict'

const { newClient, openPool, failureOf } = require('../support/connections')
const { createAuthority, selfSigned } = require('../support/certificates')
const { startPostgres } = require('../support/postgres')
const { sharedServer } = require('../support/server')

const authority = createAuthority()
const servers = {}

beforeAll(async () => {
  const hba = ['local all all trust', 'hostssl all all all scram-sha-256'] // no plain TCP: a fallback would show
  const start = (tls) => startPostgres({ tls, hba })
  const names = { hosts: ['localhost', 'db.example'], name: 'db.example' }
  const { cert, key } = authority.issue({ expired: true })
  const made = await Promise.all([
    start(authority.issue()),
    start(selfSigned()),
    start(authority.issue(names)),
    start({ cert, key }),
    start(authority.issue({ type: 'rsa' })),
  ])
  ;[servers.vouched, servers.selfSigned, servers.named, servers.expired, servers.rsa] = made
})
afterAll(() => Promise.all(Object.values(servers).map((server) => server.stop())))

async function connect(server, options) {
  const client = newClient({ ...server.config, ...options })
  await client.connect()
  return client
}

async function isEncrypted(client) {
  const { rows } = await client.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()')
  return rows[0].ssl
}

test('ssl: true rejects a self-signed server with the code of Node', async () => {
  const failure = failureOf(connect(servers.selfSigned, { ssl: true }))
  expect(await failure).toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
})

test('ssl: true rejects a server whose authority nobody vouches for', async () => {
  const { code } = await failureOf(connect(servers.vouched, { ssl: true }))
  expect(['SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE']).toContain(code)
})

test('{ ca } accepts a server that the authority vouches for', async () => {
  const client = await connect(servers.vouched, { ssl: { ca: authority.cert } })
  expect(await isEncrypted(client)).toBe(true)
})

test('{ ca } accepts an RSA certificate, and ca may be a Buffer or a list', async () => {
  for (const ca of [
    authority.cert,
    Buffer.from(authority.cert),
    [createAuthority({ name: 'another' }).cert, authority.cert],
  ]) {
    expect(await isEncrypted(await connect(servers.rsa, { ssl: { ca } }))).toBe(true)
  }
})

test('{ ca } of another authority does not help', async () => {
  const ssl = { ca: createAuthority({ name: 'somebody else' }).cert }
  const { code } = await failureOf(connect(servers.vouched, { ssl }))
  expect(['SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE']).toContain(code)
})

test('an expired certificate is rejected with the code of Node', async () => {
  const failure = failureOf(connect(servers.expired, { ssl: { ca: authority.cert } }))
  expect(await failure).toMatchObject({ code: 'CERT_HAS_EXPIRED' })
})

test('a certificate for other names is rejected with the code of Node', async () => {
  const failure = failureOf(connect(servers.named, { ssl: { ca: authority.cert } }))
  expect(await failure).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
})

test('servername says which name the certificate must carry when the host is an address', async () => {
  const ssl = { ca: authority.cert, servername: 'db.example' }
  expect(await isEncrypted(await connect(servers.named, { ssl }))).toBe(true)
})

test('rejectUnauthorized: false accepts whatever the server shows', async () => {
  for (const server of [servers.selfSigned, servers.named, servers.expired]) {
    expect(await isEncrypted(await connect(server, { ssl: { rejectUnauthorized: false } }))).toBe(true)
  }
})

test('a host name is checked against the certificate', async () => {
  const client = await connect(servers.named, { host: 'localhost', ssl: { ca: authority.cert } })
  expect(await isEncrypted(client)).toBe(true)
})

test('a server without TLS is refused, without falling back to plain text', async () => {
  const error = await failureOf(connect(sharedServer(), { ssl: { rejectUnauthorized: false } }))
  expect(error.message).toBe('The server does not support SSL connections')
})

test('a pool works over TLS, and a failed handshake leaks no slot', async () => {
  const pool = openPool({ ...servers.vouched.config, max: 2, ssl: { ca: authority.cert } })
  const text = 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()'
  const results = await Promise.all([1, 2, 3, 4].map(() => pool.query(text)))
  expect(results.map((result) => result.rows[0].ssl)).toEqual([true, true, true, true])
  const distrustful = openPool({ ...servers.vouched.config, max: 2, ssl: true })
  await Promise.all(Array.from({ length: 20 }, () => failureOf(distrustful.connect())))
  expect(distrustful.totalCount).toBe(0)
})

test('a large result arrives whole over TLS', async () => {
  const client = await connect(servers.vouched, { ssl: { ca: authority.cert } })
  const { rows } = await client.query("SELECT n, repeat('x', 1000) AS x FROM generate_series(1, 20000) n")
  expect(rows).toHaveLength(20_000)
  expect(rows.every((row, index) => row.n === index + 1 && row.x.length === 1000)).toBe(true)
})
