'use strict'

// What the message of a failed TLS connect says behind Node's own words: the fix, with names from the certificate.

const { inspect } = require('node:util')
const { newClient, openPool, after, failureOf } = require('../support/connections')
const { createAuthority, selfSigned } = require('../support/certificates')
const { sharedServer } = require('../support/server')
const { startTlsFront } = require('../support/tls-front')

const authority = createAuthority()
const another = createAuthority({ name: 'another authority' })
const ca = authority.cert

const SERVERS = {
  'a certificate of its own': [
    selfSigned(),
    'self-signed certificate; nobody vouches for "CN=localhost": to trust it, put it into ssl.ca',
  ],
  'an authority that is not known': [
    { ...another.issue(), chain: another.cert },
    'self-signed certificate in certificate chain; the authority "CN=another authority" is not known: to trust it, put it',
  ],
  'an issuer that is missing': [
    another.issue(),
    'unable to verify the first certificate; the certificate of its issuer "CN=another authority" is missing: to trust it',
  ],
  'an issuer further up that is missing': [
    another.intermediate().issue(),
    'unable to get local issuer certificate; the certificate of its issuer "CN=another authority" is missing: to trust it',
  ],
  'a date that is over': [
    authority.issue({ name: 'old', expired: true }),
    /^certificate has expired; renew "CN=old", which expired on \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/,
  ],
  'a date that is over further up': [
    authority.intermediate({ name: 'old issuer', expired: true }).issue(),
    /^certificate has expired; renew "CN=old issuer", which expired on \d{4}-/,
  ],
  'a date that is to come': [
    authority.issue({ name: 'new', early: true }),
    /^certificate is not yet valid; "CN=new" begins on \d{4}-\S+Z: check the clocks of this machine and of the server$/,
  ],
  'other names': [
    authority.issue({ hosts: ['db.example', '10.0.0.1'] }),
    "Hostname/IP does not match certificate's altnames: Host: localhost. is not in the cert's altnames: " +
      'DNS:db.example, IP Address:10.0.0.1; connect by a name in the certificate, or by an address with ssl.servername',
  ],
  'a thousand names': [
    authority.issue({ hosts: Array.from({ length: 1000 }, (_, n) => `h${n}.example`) }),
    'altnames: DNS:h0.example, DNS:h1.example, DNS:h2.example, DNS:h3.example, DNS:h4.example, and 995 more; connect by',
  ],
  'no name but its own': [
    authority.issue({ name: 'db.example', hosts: [] }),
    "Host: localhost. is not cert's CN: db.example; connect by a name in the certificate",
  ],
  'a name that would break lines': [
    createAuthority({ name: 'evil\n\u202eCA\0\u2028' + 'x'.repeat(5000) }).issue(),
    /^unable to verify the first certificate; the certificate of its issuer "CN=evil\\.{20,250}\.\.\." is missing: to trust/,
  ],
}

async function front({ cert, key, chain = '' }) {
  const made = await startTlsFront(sharedServer(), { cert: cert + chain, key })
  after(() => made.stop())
  return { ...made.config, host: 'localhost' }
}

// An option that rustls does not know sends the session over Node's TLS at once.
const WAYS = { rustls: {}, Node: { ecdhCurve: 'auto' } }

describe.each(Object.entries(WAYS))('by the TLS of %s', (_, options) => {
  test.each(Object.entries(SERVERS))(
    'the message says what to do about %s',
    async (_name, [server, said]) => {
      const config = { ...(await front(server)), ssl: { ca, ...options } }
      const error = await failureOf(newClient(config).connect())
      if (typeof said === 'string') expect(error.message).toContain(said)
      else expect(error.message).toMatch(said)
      expect(error.message.length).toBeLessThan(700)
      // eslint-disable-next-line no-control-regex
      expect(error.message).not.toMatch(/[\x00-\x1f\u2028\u2029\u202e]/)
      expect(error.stack).toContain(error.message)
      const fromPool = await failureOf(openPool(config).query('SELECT 1'))
      expect([fromPool.message, fromPool.code]).toEqual([error.message, error.code])
    }
  )
})

test('where no version is in common, the options are named that may be the reason', async () => {
  const tooOld = { ca, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' }
  const error = await failureOf(newClient({ ...(await front(authority.issue())), ssl: tooOld }).connect())
  expect(error.message).toContain('see ssl.minVersion and ssl.maxVersion')
})

test('an error of the application itself is left as it is', async () => {
  const own = Object.freeze(Object.assign(new Error('certificate has expired'), { code: 'CERT_HAS_EXPIRED' }))
  const config = await front(authority.issue())
  const error = await failureOf(
    newClient({ ...config, ssl: { ca, checkServerIdentity: () => own } }).connect()
  )
  expect(error).toBe(own)
})

test('keys, passphrases and passwords are in no error', async () => {
  const { cert, key } = authority.issue({ name: 'guest' })
  const body = key.split('\n')[1]
  const canaries = { password: 'canary-password', passphrase: 'canary-passphrase' }
  const other = authority.issue().key
  const attempts = [
    { ca, cert, key },
    { ca, cert, key: other },
    { ca, cert: key, key },
    { ca: 'canary-password', cert, key },
    { ca, cert, key: `${body}\ncanary-passphrase`, passphrase: canaries.passphrase },
    { ca: another.cert, cert, key, ecdhCurve: 'auto', passphrase: canaries.passphrase },
    { ca, pfx: Buffer.from('canary-passphrase'), passphrase: canaries.passphrase },
    { ca, cert, key, minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' },
  ]
  const servers = [
    authority.issue({ hosts: ['db.example'] }),
    authority.issue({ unknown: true }),
    another.issue(),
  ]
  for (const server of servers) {
    const config = { ...(await front(server)), password: canaries.password }
    for (const ssl of attempts) {
      const error = await failureOf(newClient({ ...config, ssl }).connect())
      const views = [error.stack, JSON.stringify(error), inspect(error, { depth: 20, showHidden: true })]
      for (const secret of ['canary', body, other.split('\n')[1]]) {
        for (const view of views) expect(view).not.toContain(secret)
      }
    }
  }
})
