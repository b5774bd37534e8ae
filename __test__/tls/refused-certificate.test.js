'use strict'

// In TLS 1.3 the server judges the client's certificate when the handshake is over for the client, which by then writes its
// startup message. The server says why it refuses and closes, so that write may fail first; the reason must not be lost.

const { createAuthority } = require('../support/certificates')
const { newClient, openPool, failureOf } = require('../support/connections')
const { startPostgres } = require('../support/postgres')

const authority = createAuthority()
const { cert, key } = createAuthority({ name: 'another authority' }).issue({ name: 'postgres' })
const ssl = { ca: authority.cert, cert, key }
let server

beforeAll(async () => {
  server = await startPostgres({ tls: authority.issue() })
})
afterAll(() => server.stop())

const KINDS = { 'a socket of ours': {}, 'a socket of Node': { checkServerIdentity: () => undefined } }

test.each(Object.keys(KINDS))(
  'a refused client certificate has the code of its refusal, every time: %s',
  async (kind) => {
    const config = { ...server.config, ssl: { ...ssl, ...KINDS[kind] } }
    const pool = openPool({ ...config, max: 10 })
    const attempt = (_, i) => failureOf(i % 2 ? pool.query('SELECT 1') : newClient(config).connect())
    const failures = await Promise.all(Array.from({ length: 100 }, attempt))
    for (let i = 0; i < 40; i++) failures.push(await attempt(undefined, i))
    const codes = failures.map(({ code, message }) => code ?? message)
    expect(new Set(codes)).toEqual(new Set(['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA']))
  }
)
