'use strict'

// A-5, O-9: SCRAM that is bound to the server's certificate. A real server accepts it only with the right certificate's hash.

const { createAuthority } = require('../support/certificates')
const { startPostgres } = require('../support/postgres')
const { parity } = require('../parity/harness')

const authority = createAuthority()
const ca = authority.cert
const KINDS = {
  'a socket of ours': { ca },
  'a socket of Node': { ca, checkServerIdentity: () => undefined },
  'no verification': { rejectUnauthorized: false },
}
const servers = {}

beforeAll(async () => {
  const [ec, rsa, md5] = await Promise.all([
    startPostgres({ tls: authority.issue() }),
    startPostgres({ tls: authority.issue({ type: 'rsa' }) }),
    startPostgres({ tls: authority.issue(), auth: 'md5' }),
  ])
  Object.assign(servers, { ec, rsa, md5 })
})
afterAll(() => Promise.all(Object.values(servers).map((server) => server.stop())))

const cases = Object.keys(KINDS).flatMap((kind) =>
  ['ec', 'rsa', 'md5'].flatMap((server) => [true, false].map((bound) => [kind, server, bound]))
)

parity.each(cases)(
  ([kind, server, bound]) => `A-5: enableChannelBinding ${bound}, ${server}, over ${kind}`,
  async ({ connect, newClient, outcome }, [kind, server, enableChannelBinding]) => {
    const config = { ...servers[server].config, ssl: KINDS[kind], enableChannelBinding }
    const client = await connect(config)
    const text = 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()'
    const { rows } = await client.query(text)
    const wrong = await outcome(newClient({ ...config, password: 'wrong' }).connect())
    return [rows, wrong.rejected.code, wrong.rejected.message]
  }
)

// Over plain text there is nothing to bind to; the server does not offer it.
parity('A-5: enableChannelBinding without TLS', async ({ connect }) => {
  const client = await connect({ ...servers.ec.config, enableChannelBinding: true })
  return (await client.query('SELECT 1 AS one')).rows
})
