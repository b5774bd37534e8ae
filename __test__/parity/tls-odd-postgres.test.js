'use strict'

// T-5, A-5: real servers whose certificate or ciphers rustls does not take, with channel binding, which signs the certificate.

const { createAuthority, selfSigned } = require('../support/certificates')
const { startPostgres } = require('../support/postgres')
const { parity } = require('./harness')

const authority = createAuthority()
const hba = ['local all all trust', 'hostssl all all all scram-sha-256']
const shown = (trusted, { cert, key }, settings) => ({
  trusted,
  options: { tls: { cert, key }, hba, settings },
})
const own = (certificate, settings) => shown(certificate.cert, certificate, settings)
const vouched = (options, settings) => shown(authority.cert, authority.issue(options), settings)
const TLS12 = { ssl_max_protocol_version: 'TLSv1.2' }

const SERVERS = {
  'a P-521 key': vouched({ type: 'p521' }),
  'a version 1 certificate': own(selfSigned({ version: 1 })),
  'a name without subjectAltName': vouched({ name: 'localhost', hosts: [] }),
  'only RSA key exchange': vouched({ type: 'rsa' }, { ...TLS12, ssl_ciphers: 'AES256-SHA' }),
  'only ECDHE with CBC': vouched({ type: 'rsa' }, { ...TLS12, ssl_ciphers: 'ECDHE-RSA-AES256-SHA384' }),
  'plain good certificates': vouched(),
}
const servers = {}

beforeAll(async () => {
  const start = async ([name, { options }]) => (servers[name] = await startPostgres(options))
  await Promise.all(Object.entries(SERVERS).map(start))
})
afterAll(() => Promise.all(Object.values(servers).map((server) => server.stop())))

async function session({ newClient, newPool, outcome }, config) {
  const client = newClient(config)
  client.on('error', () => {})
  const { rejected } = await outcome(client.connect())
  if (rejected) return rejected.code
  const text = 'SELECT ssl, version, cipher FROM pg_stat_ssl WHERE pid = pg_backend_pid()'
  const pool = newPool({ ...config, max: 2 })
  const answers = await Promise.all([client.query(text), pool.query(text), pool.query(text)])
  return answers.map(({ rows }) => rows)
}

parity.each(Object.keys(SERVERS))(
  (name) => `T-5, A-5: channel binding to ${name}`,
  (context, name) => {
    const config = { ...servers[name].config, host: 'localhost', enableChannelBinding: true }
    return session(context, { ...config, ssl: { ca: SERVERS[name].trusted } })
  }
)

parity.each(Object.keys(SERVERS))(
  (name) => `T-5, A-5: channel binding to ${name}, whoever it is`,
  (context, name) => {
    const config = { ...servers[name].config, enableChannelBinding: true }
    return session(context, { ...config, ssl: { rejectUnauthorized: false } })
  }
)
