'use strict'

// T-5: what OpenSSL takes and rustls does not, and what neither takes, ends as in pg.

const { createAuthority, selfSigned } = require('../support/certificates')
const { sharedServer } = require('../support/server')
const { startTlsFront } = require('../support/tls-front')
const { parity } = require('./harness')

const authority = createAuthority()
const localhost = { name: 'localhost', hosts: [] }
const TLS12 = { maxVersion: 'TLSv1.2' }
const vouched = (options) => ({ ...authority.issue(options), trusted: authority.cert })
const own = (options) => {
  const { cert, key } = selfSigned(options)
  return { cert, key, trusted: cert }
}
const under = (root, options) => ({ ...root.issue(options), trusted: root.cert })

// What the server shows, and whom the client trusts.
const SERVERS = {
  'a P-521 key': vouched({ type: 'p521' }),
  'a P-521 authority': under(createAuthority({ type: 'p521' })),
  'a P-521 authority and its SHA-512': under(createAuthority({ type: 'p521', digest: 'sha512' }), {
    digest: 'sha512',
  }),
  'an RSA key of 1024 bits': vouched({ type: 'rsa1024' }),
  'an RSA authority of 1024 bits': under(createAuthority({ type: 'rsa1024' })),
  'a SHA-1 signature': vouched({ digest: 'sha1' }),
  'a SHA-1 signature of RSA': under(createAuthority({ type: 'rsa' }), { digest: 'sha1', type: 'rsa' }),
  'a version 1 certificate': vouched({ version: 1 }),
  'a version 1 certificate of its own': own({ version: 1 }),
  'a version 1 authority': under(createAuthority({ version: 1 })),
  'an authority as the server': own({ authority: true }),
  'an issued authority as the server': vouched({ authority: true }),
  'an unknown critical extension': vouched({ unknown: true }),
  'a name without subjectAltName': vouched(localhost),
  'a name without subjectAltName that is another': vouched({ ...localhost, name: 'db.example' }),
  'a wildcard within a name': vouched({ hosts: ['local*.example', '127.0.0.1'] }),
  'a certificate whose authority is a namesake': {
    ...createAuthority().issue(),
    trusted: authority.cert,
  },
  'an expired certificate of its own': own({ expired: true }),
  'an expired certificate that is not vouched for': { ...own({ expired: true }), trusted: authority.cert },
  'an expired certificate': vouched({ expired: true }),
  'a certificate of tomorrow': vouched({ early: true }),
  'an expired intermediate': {
    ...authority.intermediate({ expired: true }).issue(),
    trusted: authority.cert,
  },
  'a chain': { ...authority.intermediate().issue(), trusted: authority.cert },
  'a chain that nobody vouches for': {
    ...createAuthority({ name: 'another root' }).intermediate().issue(),
    trusted: authority.cert,
  },
  'a certificate that nobody vouches for': {
    ...createAuthority({ name: 'another root' }).issue(),
    trusted: authority.cert,
  },
  'a certificate of its own that nobody vouches for': { ...own(), trusted: authority.cert },
  'only a CBC cipher': { ...vouched({ type: 'rsa' }), ...TLS12, ciphers: 'ECDHE-RSA-AES128-SHA:@SECLEVEL=0' },
  'only RSA key exchange': { ...vouched({ type: 'rsa' }), ...TLS12, ciphers: 'AES128-GCM-SHA256' },
  'only TLS 1.1': { ...vouched({ type: 'rsa' }), minVersion: 'TLSv1', maxVersion: 'TLSv1.1' },
}

const fronts = {}
beforeAll(async () => {
  for (const [name, server] of Object.entries(SERVERS)) {
    fronts[name] = await startTlsFront(sharedServer(), { ...server, ca: undefined })
  }
})
afterAll(() => Promise.all(Object.values(fronts).map((front) => front.stop())))

// A handshake that the server breaks off is sometimes a failed write to pg, whose text has the reason (DV-50).
function codeOf(error) {
  if (error?.code !== 'EPROTO') return error?.code
  const [, reason] = /:SSL routines:[^:]*:([^:]+):/.exec(error.message)
  return `ERR_SSL_${reason.toUpperCase().replaceAll(' ', '_')}`
}

async function outcomes({ newClient, newPool, outcome }, config) {
  const client = newClient(config)
  client.on('error', () => {})
  const { rejected } = await outcome(client.connect())
  const rows = rejected ? undefined : (await client.query('SELECT 1 AS one')).rows
  const pool = newPool({ ...config, max: 2 })
  const direct = await Promise.all([1, 2, 3].map(() => outcome(pool.query('SELECT 2 AS two'))))
  const lent = await outcome(pool.connect().then((held) => held.release()))
  const results = direct.map(({ rejected, resolved }) => codeOf(rejected) ?? resolved.rows)
  return [
    codeOf(rejected),
    rows,
    results,
    codeOf(lent.rejected),
    pool.totalCount,
    pool.idleCount,
    pool.waitingCount,
  ]
}

const trusting = (name) => ({
  ...fronts[name].config,
  host: 'localhost',
  ssl: { ca: SERVERS[name].trusted },
})

parity.each(Object.keys(SERVERS))(
  (name) => `T-5: ${name}`,
  (context, name) => outcomes(context, trusting(name))
)

parity.each(Object.keys(SERVERS))(
  (name) => `T-5: ${name}, by its address`,
  (context, name) => outcomes(context, { ...trusting(name), host: '127.0.0.1' })
)

parity.each(Object.keys(SERVERS))(
  (name) => `T-5: ${name}, whoever it is`,
  (context, name) => outcomes(context, { ...fronts[name].config, ssl: { rejectUnauthorized: false } })
)
