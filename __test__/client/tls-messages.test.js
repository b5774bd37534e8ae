'use strict'

// What the message of a failed TLS connect says behind Node's own words: the fix, with names from the certificate.

const crypto = require('node:crypto')
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

const unsent = authority.intermediate({ name: 'Inter' }).issue()
unsent.cert = unsent.cert.slice(0, unsent.cert.indexOf('-----END') + '-----END CERTIFICATE-----\n'.length)

const NO_CERTIFICATE = '; ssl.ca is set but holds no certificate: give the PEM text, not a file name'
const DER = Buffer.from(another.cert.replace(/-----.*-----|\n/g, ''), 'base64')
const AUTHORITIES = {
  'a path': ['/etc/ca.pem', NO_CERTIFICATE],
  'an empty text': ['', NO_CERTIFICATE],
  'an empty list': [[], NO_CERTIFICATE],
  DER: [DER, NO_CERTIFICATE],
  base64: [DER.toString('base64'), NO_CERTIFICATE],
  'line breaks that are two characters': [
    another.cert.replaceAll('\n', '\\n'),
    String.raw`; ssl.ca is set but holds no certificate: its line breaks are the characters \n, so .replaceAll('\\n', '\n')`,
  ],
  'another authority': [createAuthority().cert, '; it is not the one certificate of ssl.ca'],
  'two other authorities': [
    [createAuthority().cert, Buffer.from(createAuthority().cert)],
    '; it is not among the 2 certificates of ssl.ca',
  ],
}

test.each(Object.entries(AUTHORITIES))(
  'where the authority is not known and ssl.ca is %s, the message says so',
  async (_, [given, said]) => {
    const server = await front({ ...another.issue(), chain: another.cert })
    for (const options of Object.values(WAYS)) {
      const config = { ...server, ssl: { ca: given, ...options } }
      const attempts = [
        newClient(config).connect(),
        openPool(config).connect(),
        openPool(config).query('SELECT 1'),
      ]
      for (const { code, message, stack } of await Promise.all(attempts.map(failureOf))) {
        expect([code, message]).toEqual([
          'SELF_SIGNED_CERT_IN_CHAIN',
          expect.stringMatching(/^self-signed certificate in certificate chain; the authority /),
        ])
        expect(message.endsWith(said)).toBe(true)
        expect(stack).toContain(message)
      }
    }
  }
)

test('where the server does not send its intermediate, the message says that it should', async () => {
  const server = await front(unsent)
  const { message } = await failureOf(newClient({ ...server, ssl: { ca } }).connect())
  expect(message).toContain('the certificate of its issuer "CN=Inter" is missing')
  expect(message).toContain('if it is an intermediate, the server has to send it: complete its ssl_cert_file')
})

test('where a connection string replaced ssl.ca, the message says so', async () => {
  const { user, password, port, database } = await front(another.issue())
  const url = `postgres://${user}:${password}@localhost:${port}/${database}`
  const messageFor = async (config) => (await failureOf(newClient(config).connect())).message
  const said = "the connection string's ssl parameters (such as sslmode) replaced your ssl object with its ca"
  const replaced = { connectionString: `${url}?sslmode=verify-full`, ssl: { ca: another.cert } }
  expect(await messageFor(replaced)).toContain(said)
  expect((await failureOf(openPool(replaced).query('SELECT 1'))).message).toContain(said)
  expect(await messageFor({ ...replaced, ssl: undefined })).not.toContain('replaced')
  expect(await messageFor({ connectionString: url, ssl: { ca } })).not.toContain('replaced')
})

test('an error about trust that a password function throws is left as it is', async () => {
  const own = Object.assign(new Error('own'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' })
  const config = { ...(await front(authority.issue())), ssl: { ca }, password: () => Promise.reject(own) }
  expect((await failureOf(newClient(config).connect())).message).toBe('own')
  expect((await failureOf(openPool(config).query('SELECT 1'))).message).toBe('own')
})

test('connecting by an address, the names of the certificate are in the message', async () => {
  const hosts = ['10.0.0.1', ...Array.from({ length: 7 }, (_, n) => `h${n}.example`)]
  const server = { ...(await front(authority.issue({ hosts }))), host: '127.0.0.1' }
  for (const options of Object.values(WAYS)) {
    const { message } = await failureOf(newClient({ ...server, ssl: { ca, ...options } }).connect())
    expect(message).toContain(
      "IP: 127.0.0.1 is not in the cert's list: 10.0.0.1; it is for DNS:h0.example, DNS:h1.example, " +
        'DNS:h2.example, DNS:h3.example, DNS:h4.example, and 2 more; connect by a name'
    )
  }
})

test('an encrypted key: the message names the passphrase', async () => {
  const { cert, key } = authority.issue({ name: 'guest' })
  const locked = crypto
    .createPrivateKey(key)
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open' })
  const server = await front(authority.issue())
  for (const passphrase of [undefined, 'shut']) {
    const ssl = { ca, cert, key: locked, passphrase }
    const { message } = await failureOf(newClient({ ...server, ssl }).connect())
    expect(message).toContain('; ssl.passphrase is missing or wrong for ssl.key')
  }
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
