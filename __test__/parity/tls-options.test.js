'use strict'

// T-4: the TLS options that only Node itself can honour.

const crypto = require('node:crypto')
const tls = require('node:tls')
const { createAuthority } = require('../support/certificates')
const { startTlsPostgres } = require('../support/postgres')
const { SocketStream } = require('../support/socket-stream')
const { parity } = require('./harness')

const authority = createAuthority()
const ca = authority.cert
let server

beforeAll(async () => {
  server = await startTlsPostgres(authority)
})
afterAll(() => server.stop())

const visitor = () => {
  const { cert, key } = authority.issue({ name: 'guest', hosts: ['guest'] })
  return { cert, key, plain: crypto.createPrivateKey(key) }
}

// Ours goes on with what to do (DV-66).
const sentenceOf = ({ message }) =>
  message
    .replace(/^[0-9A-F]+:/, '')
    .split('; ')[0]
    .trimEnd()

// What a session over these options shows, or how its connect fails.
async function session({ newClient, outcome }, ssl, config = {}) {
  const client = newClient({ ...server.config, ssl, ...config })
  client.on('error', () => {})
  const { rejected } = await outcome(client.connect())
  if (rejected) return { code: rejected.code, message: sentenceOf(rejected) }
  const text = 'SELECT ssl, version, cipher, client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()'
  return (await client.query(text)).rows
}

parity('T-4: checkServerIdentity gets what pg gives it', async (context) => {
  const seen = []
  const checkServerIdentity = (host, certificate) =>
    void seen.push(host, Object.keys(certificate), certificate.subject.CN)
  const shown = await session(context, { ca, checkServerIdentity })
  return [shown, seen]
})

parity('T-4: checkServerIdentity gets the name of the host', async (context) => {
  const seen = []
  const shown = await session(
    context,
    { ca, checkServerIdentity: (host) => void seen.push(host) },
    { host: 'localhost' }
  )
  return [shown, seen]
})

parity('T-4: an error of checkServerIdentity is that of connect()', async ({ newClient, outcome }) => {
  const own = Object.assign(new Error('not my server'), { code: 'EOWN' })
  const client = newClient({ ...server.config, ssl: { ca, checkServerIdentity: () => own } })
  client.on('error', () => {})
  const { rejected } = await outcome(client.connect())
  return [rejected === own, rejected]
})

parity('T-4: a server that nobody vouches for fails although checkServerIdentity is content', (context) =>
  session(context, { checkServerIdentity: () => undefined })
)

parity('T-3: the wrong host fails over a socket of Node, too', (context) =>
  session(context, { ca, host: 'other.example', servername: 'other.example' })
)

parity.each([
  ['minVersion TLSv1.3', { minVersion: 'TLSv1.3' }],
  ['maxVersion TLSv1.2', { maxVersion: 'TLSv1.2' }],
  ['a range of versions that is empty', { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' }],
  ['a version that does not exist', { minVersion: 'TLSv9' }],
  ['one cipher', { ciphers: 'ECDHE-RSA-AES256-GCM-SHA384', maxVersion: 'TLSv1.2' }],
  ['a cipher that does not exist', { ciphers: 'NO-SUCH-CIPHER' }],
  ['a curve', { ecdhCurve: 'P-256' }],
  ['a curve that does not exist', { ecdhCurve: 'no-such-curve' }],
  ['signature algorithms', { sigalgs: 'rsa_pss_rsae_sha256' }],
  ['an option of nobody', { anOptionOfTomorrow: 1 }],
  ['lookup, which has no use here', { lookup: () => {} }],
  ['a pfx that is none', { pfx: Buffer.from('no pfx') }],
  ['a crl that is none', { crl: 'no crl' }],
  ['a key without its certificate', { key: visitor().key }],
  ['a certificate without its key', { cert: visitor().cert }],
  ['a session that is none', { session: Buffer.from('no session') }],
])(
  ([name]) => `T-4: ${name}`,
  (context, [, options]) => session(context, { ca, ...options })
)

parity('T-4: secureContext', (context) =>
  session(context, { secureContext: tls.createSecureContext({ ca, maxVersion: 'TLSv1.2' }) })
)

parity('T-4: secureContext without the authority', (context) =>
  session(context, { secureContext: tls.createSecureContext({}) })
)

parity('T-4: an encrypted key and its passphrase', (context) => {
  const { cert, plain } = visitor()
  const key = plain.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open' })
  return session(context, { ca, cert, key, passphrase: 'open' }, { user: 'guest' })
})

// One key in 256 decrypts to something under any passphrase, and then OpenSSL has another complaint; both sides get one
// that does not.
function keyThatStaysShut(plain) {
  for (;;) {
    const key = plain.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open' })
    try {
      crypto.createPrivateKey({ key, passphrase: 'shut' })
    } catch (error) {
      if (error.code === 'ERR_OSSL_BAD_DECRYPT') return key
    }
  }
}

parity('T-4: an encrypted key and a wrong passphrase', (context) => {
  const { cert, plain } = visitor()
  return session(context, { ca, cert, key: keyThatStaysShut(plain), passphrase: 'shut' }, { user: 'guest' })
})

parity('T-4: lists of certificates and keys with passphrases', (context) => {
  const { cert, plain } = visitor()
  const pem = plain.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open' })
  return session(context, { ca, cert: [cert], key: [{ pem, passphrase: 'open' }] }, { user: 'guest' })
})

parity('T-4: without a client certificate the server refuses', (context) =>
  session(context, { ca, checkServerIdentity: () => undefined }, { user: 'guest' })
)

parity('T-1: TLS over a stream of the application', async ({ newClient }) => {
  const client = newClient({ ...server.config, ssl: { ca }, stream: new SocketStream() })
  await client.connect()
  return (await client.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()')).rows
})

parity('T-6: client.connection.stream tells about TLS', async ({ newClient }) => {
  const client = newClient({ ...server.config, ssl: { ca, checkServerIdentity: () => undefined } })
  await client.connect()
  const { stream } = client.connection
  const { subject } = stream.getPeerCertificate()
  return [stream.encrypted, stream.authorized, stream.alpnProtocol, stream.getProtocol(), subject.CN]
})

parity('T-2, O-8: direct negotiation with an option of Node', async ({ newClient, log, outcome }) => {
  const ssl = { ca, checkServerIdentity: () => undefined }
  const client = newClient({ ...server.config, ssl, sslnegotiation: 'direct' })
  log(
    await outcome(
      client
        .connect()
        .then(() => client.query('SELECT 1 AS one'))
        .then(({ rows }) => rows)
    )
  )
  log(client.connection.stream.alpnProtocol)
})

parity('A-5, O-9: channel binding over a socket of Node', async ({ newClient }) => {
  const ssl = { ca, checkServerIdentity: () => undefined }
  const client = newClient({ ...server.config, ssl, enableChannelBinding: true })
  await client.connect()
  return (await client.query('SELECT 1 AS one')).rows
})

parity('T-4: a pool over options of Node', async ({ newPool, log }) => {
  let checks = 0
  const pool = newPool({ ...server.config, max: 2, ssl: { ca, checkServerIdentity: () => void checks++ } })
  const text = 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()'
  const results = await Promise.all([1, 2, 3, 4].map(() => pool.query(text)))
  log(
    results.map(({ rows }) => rows),
    checks,
    pool.totalCount
  )
})

parity('T-4: a pool whose handshakes fail', async ({ newPool, log, outcome }) => {
  const own = new Error('not my server')
  const pool = newPool({ ...server.config, max: 2, ssl: { ca, checkServerIdentity: () => own } })
  const outcomes = await Promise.all([1, 2, 3, 4].map(() => outcome(pool.query('SELECT 1'))))
  log(
    outcomes.map(({ rejected }) => rejected === own),
    pool.totalCount,
    pool.waitingCount
  )
})

parity.each([5, ['localhost'], false, ''])(
  (servername) => `a servername of ${JSON.stringify(servername)}`,
  (context, servername) => session(context, { ca, servername })
)
