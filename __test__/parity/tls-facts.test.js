'use strict'

// T-6: what people read of `client.connection.stream`, when rustls encrypts and when nobody does.

const { X509Certificate } = require('node:crypto')
const { createAuthority } = require('../support/certificates')
const { startPostgres } = require('../support/postgres')
const { parity, deviation } = require('./harness')

const authority = createAuthority()
const ca = authority.cert
const guest = authority.issue({ name: 'guest', hosts: ['guest'] })
const servers = {}
const bytes = (text) => new Uint8Array(Buffer.from(text))

beforeAll(async () => {
  const hba = ['local all all trust', 'hostssl all guest all cert', 'host all all all scram-sha-256']
  const start = (type, settings) => startPostgres({ tls: authority.issue({ type }), hba, settings })
  const made = await Promise.all([
    start('ec'),
    start('rsa'),
    start('rsa', { ssl_max_protocol_version: 'TLSv1.2' }),
  ])
  ;[servers.ec, servers.rsa, servers.old] = made
  for (const server of made) await server.query('CREATE ROLE guest LOGIN')
})
afterAll(() => Promise.all(Object.values(servers).map((server) => server.stop())))

const FACTS = ['encrypted', 'authorized', 'authorizationError', 'alpnProtocol', 'servername']
const ADDRESS = ['remoteAddress', 'remotePort', 'remoteFamily']
const QUESTIONS = ['getProtocol', 'getCipher', 'isSessionReused', 'getCertificate']

const ofThisRealm = (value) => (typeof value === 'object' ? { ...value } : value)

// As far as depth goes; an authority that issued itself is its own issuer.
function chain(certificate) {
  const names = []
  for (let at = certificate; at && names.length < 5; at = at.issuerCertificate) names.push(at.subject.CN)
  return names
}

function factsOf({ connection: { stream } }) {
  const { issuerCertificate, ...whole } = stream.getPeerCertificate(true)
  return {
    facts: FACTS.concat(ADDRESS).map((key) => [key, stream[key]]),
    answers: QUESTIONS.map((key) => [key, ofThisRealm(stream[key]())]),
    certificate: stream.getPeerCertificate(),
    chain: chain({ ...whole, issuerCertificate }),
    issuer: issuerCertificate?.fingerprint256,
    own: stream.getX509Certificate()?.fingerprint256,
  }
}

const cases = [
  ['a certificate of P-256', 'ec', { ssl: { ca } }],
  ['a certificate of RSA', 'rsa', { ssl: { ca } }],
  ['TLS 1.2', 'old', { ssl: { ca } }],
  ['a host with a name', 'ec', { host: 'localhost', ssl: { ca } }],
  ['direct negotiation', 'ec', { host: 'localhost', ssl: { ca }, sslnegotiation: 'direct' }],
  ['a servername of its own', 'ec', { ssl: { ca, servername: 'localhost' } }],
  ['a client certificate', 'ec', { user: 'guest', ssl: { ca, cert: guest.cert, key: guest.key } }],
  [
    'a client certificate behind its key, in one file',
    'ec',
    { user: 'guest', ssl: { ca: ca + guest.key, cert: guest.key + guest.cert, key: guest.key } },
  ],
  [
    'certificates as bytes that are no Buffer',
    'ec',
    { user: 'guest', ssl: { ca: bytes(ca), cert: bytes(guest.cert), key: bytes(guest.key) } },
  ],
  ['several authorities in one text', 'rsa', { ssl: { ca: createAuthority({ name: 'x' }).cert + ca } }],
  ['a list of authorities', 'rsa', { ssl: { ca: [createAuthority({ name: 'x' }).cert, Buffer.from(ca)] } }],
]

parity.each(cases)(
  ([what]) => `T-6: the facts of a session over TLS with ${what}`,
  async ({ connect }, [, server, config]) => factsOf(await connect({ ...servers[server].config, ...config }))
)

// Node gives it once, and no certificate afterwards.
parity('T-6: the certificate as an X509Certificate', async ({ connect }) => {
  const { stream } = (await connect({ ...servers.ec.config, ssl: { ca } })).connection
  const certificate = stream.getPeerX509Certificate()
  return [certificate instanceof X509Certificate, certificate.fingerprint512]
})

parity('T-6: the facts of sessions of a pool', async ({ newPool }) => {
  const pool = newPool({ ...servers.ec.config, ssl: { ca }, max: 2 })
  await pool.query('SELECT 1')
  const clients = await Promise.all([pool.connect(), pool.connect()])
  const facts = clients.map(factsOf)
  for (const client of clients) client.release()
  return facts
})

parity('T-6: a session without TLS has none', async ({ connect }) => {
  const { stream } = (await connect({ ...servers.ec.config, ssl: false })).connection
  const typesOf = (keys) => keys.map((key) => typeof stream[key])
  return [typesOf(FACTS), typesOf([...QUESTIONS, 'getPeerCertificate']), ADDRESS.map((key) => stream[key])]
})

parity('T-6: a client that is not connected has none', ({ newClient }) => {
  const { stream } = newClient({ ...servers.ec.config, ssl: { ca } }).connection
  return FACTS.concat(ADDRESS).map((key) => stream[key])
})

// pg asks OpenSSL all the same, and goes on.
deviation(
  'T-6, DV-69: whether a certificate would be valid that nobody verifies',
  async ({ connect }) => {
    const ssl = { ca, rejectUnauthorized: false }
    const { stream } = (await connect({ ...servers.ec.config, ssl })).connection
    return [stream.encrypted, stream.authorized, stream.authorizationError]
  },
  { theirs: [true, true, null], ours: [true, false, 'ERR_OXPG_NOT_VERIFIED'] }
)

deviation(
  'T-6, DV-69: getSession() gives nothing to take up a session with',
  async ({ connect }) => {
    const { stream } = (await connect({ ...servers.ec.config, ssl: { ca } })).connection
    return typeof stream.getSession()
  },
  { theirs: 'object', ours: 'undefined' }
)
