'use strict'

const { newClient } = require('../support/connections')
const { createAuthority } = require('../support/certificates')
const { startPostgres } = require('../support/postgres')

const authority = createAuthority()
let server

beforeAll(async () => {
  server = await startPostgres({ tls: authority.issue({ type: 'rsa' }), auth: 'scram-sha-256' })
})
afterAll(() => server.stop())

async function connect(options) {
  const client = newClient({ ...server.config, ssl: { ca: authority.cert }, ...options })
  await client.connect()
  return client
}

test('sslnegotiation=direct encrypts from the first byte, without an SSLRequest', async () => {
  const client = await connect({ sslnegotiation: 'direct' })
  const { rows } = await client.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()')
  expect(rows).toEqual([{ ssl: true }])
})

// That PLUS is chosen is tested in tests/connect/; a real server accepts it only with the right certificate's hash.
test('enableChannelBinding logs in to a server that checks the certificate it was bound to', async () => {
  const client = await connect({ enableChannelBinding: true })
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})
