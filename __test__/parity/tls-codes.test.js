'use strict'

// T-5: the codes of failures of TLS other than a server's certificate, and that they come out of connect() alone.

const crypto = require('node:crypto')
const { createAuthority } = require('../support/certificates')
const { startTlsPostgres } = require('../support/postgres')
const { startFakeServer } = require('../support/fake-server')
const { parity } = require('./harness')

const authority = createAuthority()
const ca = authority.cert
let server

beforeAll(async () => {
  server = await startTlsPostgres(authority)
})
afterAll(() => server.stop())

// A handshake that the server breaks off is sometimes a failed write to pg, whose text has the reason (DV-50).
function codeOf(error) {
  if (error?.code !== 'EPROTO') return error?.code
  const [, reason] = /:SSL routines:[^:]*:([^:]+):/.exec(error.message)
  return `ERR_SSL_${reason.toUpperCase().replaceAll(' ', '_')}`
}

const sentenceOf = ({ message }) => message.replace(/^[0-9A-F]+:/, '').split(/; |\n/)[0]

async function failures({ newClient, newPool, outcome }, config, shown = codeOf) {
  const client = newClient(config)
  client.on('error', () => {})
  const told = []
  told.push((await outcome(client.connect())).rejected)
  const second = newClient(config)
  second.on('error', () => {})
  told.push(await new Promise((resolve) => second.connect(resolve)))
  const pool = newPool({ ...config, max: 1 })
  told.push((await outcome(pool.connect())).rejected, (await outcome(pool.query('SELECT 1'))).rejected)
  return [told.map((error) => error && shown(error)), pool.totalCount]
}

const visitor = (options) => {
  const { cert, key } = authority.issue({ name: 'guest', hosts: ['guest'], ...options })
  return { cert, key }
}
const stranger = () => {
  const { cert, key } = createAuthority({ name: 'another' }).issue({ name: 'guest' })
  return { cert, key }
}

parity.each([
  ['no client certificate', () => ({})],
  ['a client certificate of an authority that the server does not know', stranger],
  ['a client certificate that has expired', () => visitor({ expired: true })],
  ['a client certificate for another user', () => visitor({ name: 'somebody' })],
])(
  ([name]) => `T-5: ${name}`,
  (context, [, make]) => failures(context, { ...server.config, user: 'guest', ssl: { ca, ...make() } })
)

const { cert, key } = visitor()
const locked = crypto
  .createPrivateKey(key)
  .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open' })
const BROKEN = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'

// Thrown by Node itself, with its own words and properties.
parity.each([
  ['a key of another certificate', { ca, cert, key: visitor().key }],
  ['a key that is none', { ca, cert, key: 'no key' }],
  ['a key that is a certificate', { ca, cert, key: cert }],
  ['a certificate that is none', { ca, cert: 'no certificate', key }],
  ['a certificate that is a key', { ca, cert: key, key }],
  ['a certificate that is broken', { ca, cert: BROKEN, key }],
  ['an encrypted key without a passphrase', { ca, cert, key: locked }],
  ['an authority that is broken', { ca: BROKEN }],
  ['an authority that is none', { ca: 'no authority' }],
  ['an authority that is empty', { ca: '' }],
  ['an authority that is a number', { ca: 5 }],
  ['a list of authorities with a hole', { ca: [ca, undefined] }],
])(
  ([name]) => `T-5: ${name}`,
  (context, [, ssl]) =>
    failures(context, { ...server.config, ssl }, (error) => [error.code, sentenceOf(error)])
)

const JUNK = {
  'no TLS at all': (peer) => peer.end(Buffer.from('this is no server hello, whatever it may look like')),
  'an HTTP answer': (peer) => peer.end(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')),
  'an alert': (peer) => peer.end(Buffer.from([21, 3, 3, 0, 2, 2, 40])),
  'an end': (peer) => peer.end(Buffer.alloc(0)),
  'a record that is too long': (peer) => peer.end(Buffer.from([22, 3, 3, 0xff, 0xff, ...Buffer.alloc(64)])),
}

parity.each(Object.entries(JUNK))(
  ([name]) => `T-5: ${name} behind the S`,
  async (context, [, answer]) => {
    const fake = await startFakeServer(async (peer) => {
      await peer.sslRequest()
      peer.send(Buffer.from('S'))
      await peer.bytes(64)
      answer(peer)
      await peer.gone()
    })
    try {
      return await failures(context, { ...fake.config, ssl: { ca } })
    } finally {
      await fake.close()
    }
  }
)

parity('T-5, T-2: direct negotiation with a server that answers in the clear', async (context) => {
  const fake = await startFakeServer(async (peer) => {
    await peer.bytes(64)
    peer.end(Buffer.from('E\0\0\0\x08huh\0'))
  })
  try {
    return await failures(context, { ...fake.config, ssl: { ca }, sslnegotiation: 'direct' })
  } finally {
    await fake.close()
  }
})

parity('T-5: an error of a wrong name has its reason, its host and the certificate', async (context) => {
  const ssl = { ca, servername: 'other.example' }
  return failures(context, { ...server.config, ssl }, (error) => {
    const { cert: shown, reason, host } = error
    const { subject, issuer, subjectaltname, fingerprint256, valid_to, raw } = shown
    const facts = { subject, issuer, subjectaltname, fingerprint256, valid_to, size: raw.length }
    return [Object.keys(error), error.name, sentenceOf(error), reason, host, { ...facts }]
  })
})
