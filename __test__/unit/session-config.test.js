'use strict'

const { createPrivateKey, generateKeyPairSync } = require('crypto')
const tls = require('tls')
const { Client } = require('pg')
const { sessionConfig, startupParameters } = require('../../lib/session-config')
const { createAuthority } = require('../support/certificates')
const { withEnv } = require('./compare')

// pg's own Client stands in for ours: it has the same properties (P-2, P-3).
const client = (config) => withEnv({ PGUSER: 'u' }, () => new Client(config))
const configOf = (config, transport) => sessionConfig(client(config), transport)
const sslOf = (ssl, config) => configOf({ ...config, ssl }).ssl
const failureOf = (run) => {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('it should have thrown')
}
const PEM = tls.rootCertificates[0]
const newKey = (namedCurve = 'P-256') =>
  generateKeyPairSync('ec', { namedCurve }).privateKey.export({ type: 'pkcs8', format: 'pem' })

test('the whole of it is flat JSON', () => {
  const config = configOf(
    { user: 'ann', password: 'pw', host: 'db.example', port: 6000, database: 'd', enableChannelBinding: 1 },
    { keepAlive: true, keepAliveInitialDelayMillis: 1500 }
  )
  expect(JSON.parse(JSON.stringify(config))).toEqual({
    host: 'db.example',
    port: 6000,
    user: 'ann',
    password: 'pw',
    startup: [
      ['user', 'ann'],
      ['database', 'd'],
      ['client_encoding', 'UTF8'],
    ],
    ssl: null,
    sslNegotiation: 'postgres',
    keepAlive: true,
    keepAliveInitialDelayMillis: 1500,
    scramMaxIterations: 100000,
    enableChannelBinding: true,
    channelBinding: null,
    bridged: false,
    maxResultBytes: 0,
    maxFieldBytes: 0,
  })
})

describe('2.7: the startup parameters', () => {
  const everything = {
    options: '-c a=b',
    idle_in_transaction_session_timeout: '30.9',
    lock_timeout: '20ms',
    statement_timeout: 10.5,
    replication: true,
    fallback_application_name: 'fallback',
    application_name: 'app',
    database: 'd',
    user: 'u',
  }

  test('come in the order of pg, the encoding last', () => {
    expect(configOf({ ...everything, client_encoding: 'LATIN1' }).startup).toEqual([
      ['user', 'u'],
      ['database', 'd'],
      ['application_name', 'app'],
      ['replication', 'true'],
      ['statement_timeout', '10'],
      ['lock_timeout', '20'],
      ['idle_in_transaction_session_timeout', '30'],
      ['options', '-c a=b'],
      ['client_encoding', 'UTF8'],
    ])
  })

  test.each([
    ['everything', everything],
    ['nothing', {}],
    ['a fallback name alone', { fallback_application_name: 'f' }],
    ['timeouts that are no numbers', { statement_timeout: 'soon' }],
    ['replication by name', { replication: 'database' }],
  ])('of %s are those of pg', (_name, config) => {
    const { connectionParameters } = client(config)
    const expected = client(config).getStartupConf()
    const actual = startupParameters(connectionParameters)
    expect(actual).toEqual(expected)
    expect(Object.keys(actual)).toEqual(Object.keys(expected))
  })

  test('are asked of the client, where applications patch them', () => {
    const patched = client({})
    patched.getStartupConf = () => ({ user: 'x', 'my.setting': 5 })
    expect(sessionConfig(patched).startup).toEqual([
      ['user', 'x'],
      ['my.setting', '5'],
      ['client_encoding', 'UTF8'],
    ])
  })

  test('are empty texts where nothing is known', () => {
    const nobody = client({})
    nobody.connectionParameters.user = nobody.connectionParameters.database = undefined
    expect(sessionConfig(nobody).startup.slice(0, 2)).toEqual([
      ['user', ''],
      ['database', ''],
    ])
  })

  test('must not contain NUL, which would end them early', () => {
    expect(() => configOf({ database: 'a\0superuser' })).toThrow(
      'The startup parameter "database" contains a NUL character'
    )
  })
})

test('A-3: only a string is a password by itself; functions and the password file are asked later', () => {
  expect(configOf({ password: 'pw' }).password).toBe('pw')
  for (const password of [() => 'pw', async () => 'pw', null, undefined, 5]) {
    expect(configOf({ password }).password).toBeNull()
  }
})

describe('the port', () => {
  test.each(['abc', 65536, -1, 1e9])('%p fails with the error of net.connect, as in pg', async (port) => {
    const expected = await client({ host: '127.0.0.1', port })
      .connect()
      .catch((error) => error)
    const error = failureOf(() => configOf({ host: '127.0.0.1', port }))
    expect([error.name, error.message, error.code]).toEqual([
      expected.name,
      expected.message,
      'ERR_SOCKET_BAD_PORT',
    ])
  })

  test('that no socket file can have is a socket file that does not exist', async () => {
    const config = { host: '/nonexistent', port: 70000 }
    const expected = await client(config)
      .connect()
      .catch((error) => error)
    const error = failureOf(() => configOf(config))
    expect({ ...error, message: error.message }).toEqual({ ...expected, message: expected.message })
  })
})

test.each([
  [undefined, 100000],
  [0, 0],
  ['0', 0],
  [4096, 4096],
  ['5000', 5000],
  [4096.7, 4096],
  [0.5, 1],
  [-3, 1],
  [1e300, 4294967295],
  ['nonsense', 100000],
])('O-10: scramMaxIterations %p becomes %p', (scramMaxIterations, expected) => {
  expect(configOf({ scramMaxIterations }).scramMaxIterations).toBe(expected)
})

test.each([
  [undefined, 0],
  [2500.9, 2500],
  ['3000', 3000],
  [-1, 0],
  [NaN, 0],
  [Infinity, 0],
  ['soon', 0],
])('O-20: keepAliveInitialDelayMillis %p becomes %p', (keepAliveInitialDelayMillis, expected) => {
  expect(configOf({}, { keepAliveInitialDelayMillis }).keepAliveInitialDelayMillis).toBe(expected)
})

describe('T-3: ssl', () => {
  test('is null, or full verification, or what the object says', () => {
    expect(sslOf(false)).toBeNull()
    expect(sslOf(true, { host: 'db.example' })).toMatchObject({
      ca: null,
      cert: null,
      key: null,
      rejectUnauthorized: true,
      servername: 'db.example',
    })
    expect(sslOf({ rejectUnauthorized: false })).toMatchObject({ rejectUnauthorized: false, roots: 0 })
    expect(sslOf('no-verify').rejectUnauthorized).toBe(false)
  })

  test('verifies unless rejectUnauthorized is exactly false, as Node does', () => {
    for (const rejectUnauthorized of [true, undefined, null, 0, '', 'false']) {
      expect(sslOf({ rejectUnauthorized }).rejectUnauthorized).toBe(true)
    }
  })

  test('takes certificates as strings, bytes and lists', () => {
    const buffer = Buffer.from(PEM)
    expect(sslOf({ ca: PEM }).ca).toEqual([PEM])
    expect(sslOf({ ca: buffer }).ca).toEqual([PEM])
    expect(sslOf({ ca: new Uint8Array(buffer) }).ca).toEqual([PEM])
    expect(sslOf({ ca: [PEM, buffer] }).ca).toEqual([PEM, PEM])
    expect(sslOf({ ca: [] }).ca).toEqual([])
    expect(sslOf({ ca: '' }).ca).toBeNull()
    expect(sslOf({ cert: [buffer], key: newKey() }).cert).toBe(PEM)
  })

  test('C-7: finds the key that hides', () => {
    const key = newKey()
    expect(sslOf({ key, cert: PEM }).key).toBe(key)
    expect(sslOf({ key: [{ pem: key }], cert: PEM }).key).toBe(key)
  })

  test.each([
    ['db.example', undefined, 'db.example'],
    ['db.example', 'other.example', 'db.example'],
    ['10.0.0.1', undefined, null],
    ['10.0.0.1', 'other.example', 'other.example'],
    ['::1', 'other.example', 'other.example'],
    ['/tmp', 'other.example', 'localhost'],
  ])('connecting to %s with servername %p verifies %p', (host, servername, expected) => {
    expect(sslOf({ servername }, { host }).servername).toBe(expected)
  })

  test.each([
    ['checkServerIdentity', () => undefined],
    ['pfx', Buffer.from('x')],
    ['secureContext', {}],
    ['ciphers', 'AES256-SHA'],
    ['minVersion', 'TLSv1'],
    ['minVersion', ''],
    ['maxVersion', 'TLSv1.1'],
    ['allowPartialTrustChain', true],
    ['ca', PEM.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE')],
    ['ca', [PEM, PEM.replaceAll('CERTIFICATE', 'X509 CERTIFICATE')]],
    ['ca', `${PEM}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`],
    ['secureProtocol', 'TLS_method'],
    ['crl', 'x'],
    ['sigalgs', 'x'],
    ['ecdhCurve', 'P-521'],
    ['session', Buffer.from('x')],
    ['ALPNProtocols', ['x']],
    ['pskCallback', () => null],
    ['socket', {}],
    ['cert', [PEM, PEM]],
    ['cert', PEM],
    ['key', newKey()],
    ['key', [newKey(), newKey()]],
    ['anOptionOfTomorrow', false],
  ])('T-4: with %s goes over a socket of Node: it is not ignored', (option, value) => {
    expect(configOf({ ssl: { [option]: value } })).toMatchObject({ bridged: true, ssl: null })
  })

  test.each(['P-521', 'secp256k1'])(
    'T-4: with a key on the curve %s, which rustls lacks, too',
    (namedCurve) => {
      const material = { cert: PEM, key: newKey(namedCurve) }
      expect(configOf({ ssl: material }).bridged).toBe(true)
    }
  )

  test('takes what asks for nothing else than what happens', () => {
    const harmless = {
      require: true,
      minVersion: 'TLSv1.2',
      maxVersion: 'TLSv1.3',
      ciphers: undefined,
      pfx: null,
      sslmode: 'require',
    }
    expect(sslOf(harmless).rejectUnauthorized).toBe(true)
    expect(configOf({ ssl: harmless }).bridged).toBe(false)
    const direct = { ssl: { ALPNProtocols: ['x'] }, sslnegotiation: 'direct' }
    expect(configOf(direct)).toMatchObject({ sslNegotiation: 'direct', bridged: false })
  })

  test.each(['require', 'false', 1, Symbol('s')])('of the value %p is a clear error', (ssl) => {
    const bare = client({})
    bare.ssl = ssl
    expect(failureOf(() => sessionConfig(bare)).message).toMatch(/^Invalid ssl value/)
  })

  test.each([
    [{ key: 'no key', cert: PEM }],
    [{ cert: 'no cert', key: newKey() }],
    [{ ca: 5 }],
    [{ ca: [{}] }],
    [{ key: {}, cert: PEM }],
  ])('T-5: unusable material %j fails in the words of Node', (ssl) => {
    const expected = failureOf(() => tls.createSecureContext(ssl))
    const error = failureOf(() => sslOf(ssl))
    expect([error.code, error.message]).toEqual([expected.code, expected.message])
  })

  test('T-4: an empty range of versions goes over a socket of Node, which refuses it', () => {
    const ssl = { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' }
    expect(configOf({ ssl })).toMatchObject({ bridged: true, ssl: null })
  })

  test.each([
    [{}, 'TLSv1.2', 'TLSv1.3'],
    [{ minVersion: 'TLSv1.3' }, 'TLSv1.3', 'TLSv1.3'],
    [{ maxVersion: 'TLSv1.2', minVersion: null }, 'TLSv1.2', 'TLSv1.2'],
    [{ minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' }, 'TLSv1.3', 'TLSv1.3'],
  ])('T-4: the versions of %j are %s to %s', (ssl, minVersion, maxVersion) => {
    expect(sslOf(ssl)).toMatchObject({ minVersion, maxVersion })
  })

  test('T-4: what the process sets for all its TLS counts, too', () => {
    const { DEFAULT_MIN_VERSION, DEFAULT_CIPHERS } = tls
    try {
      tls.DEFAULT_MIN_VERSION = 'TLSv1.3'
      expect(sslOf(true).minVersion).toBe('TLSv1.3')
      tls.DEFAULT_MIN_VERSION = 'TLSv1'
      expect(configOf({ ssl: true }).bridged).toBe(true)
      tls.DEFAULT_MIN_VERSION = DEFAULT_MIN_VERSION
      tls.DEFAULT_CIPHERS = 'TLS_AES_256_GCM_SHA384'
      expect(configOf({ ssl: true }).bridged).toBe(true)
    } finally {
      Object.assign(tls, { DEFAULT_MIN_VERSION, DEFAULT_CIPHERS })
    }
  })

  test.each([
    ['passphrase beside it', (key) => ({ key, passphrase: 'open' })],
    [
      'passphrase beside it, and the key in a Buffer',
      (key) => ({ key: Buffer.from(key), passphrase: 'open' }),
    ],
    ['passphrase of its own', (pem) => ({ key: [{ pem, passphrase: 'open' }], passphrase: 'shut' })],
  ])('T-4: opens an encrypted key with a %s', (_name, options) => {
    const plain = newKey()
    const key = createPrivateKey(plain).export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'open',
    })
    expect(sslOf({ cert: PEM, ...options(key) }).key).toBe(plain)
  })

  test('T-4: RSA keys of a size that rustls lacks go over a socket of Node', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' })
    expect(configOf({ ssl: { cert: createAuthority().cert, key } }).bridged).toBe(true)
  })

  test('reads an object again when it holds something else', () => {
    const [first, second] = [newKey(), newKey()]
    const ssl = { cert: PEM, key: first, ca: [PEM] }
    const read = () => sessionConfig({ ...client({}), connectionParameters: {}, ssl }).ssl
    expect(read()).toMatchObject({ key: first, ca: [PEM] })
    ssl.key = second
    ssl.ca.push(tls.rootCertificates[1])
    expect(read()).toMatchObject({ key: second, ca: [PEM, tls.rootCertificates[1]] })
  })

  test('T-4: the roots of Node have one number, and a given ca is in their place', () => {
    const { roots } = sslOf(true)
    expect(roots).toBeGreaterThan(0)
    expect([sslOf(true).roots, sslOf({ ca: '' }).roots, sslOf({ ca: PEM }).roots]).toEqual([roots, roots, 0])
    expect(sslOf({ sslrootcert: 'system' }).roots).not.toBe(roots)
  })

  test('NODE_TLS_REJECT_UNAUTHORIZED=0 switches verification off where the config does not speak of it, with a warning', () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const verifies = (ssl) => sessionConfig(client({ ssl })).ssl.rejectUnauthorized
    withEnv({ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, () => {
      expect([verifies(true), verifies({}), verifies({ rejectUnauthorized: true })]).toEqual([
        false,
        false,
        true,
      ])
    })
    expect(warn).toHaveBeenCalledTimes(1)
    warn.mockRestore()
  })
})

test('O-21: with a stream of the application the session goes over it, whatever the host and port', () => {
  const odd = { host: 'tunnel', port: 'none', ssl: true }
  expect(configOf(odd, { stream: {} })).toMatchObject({ bridged: true, ssl: null, port: 0 })
})

test('a host that is no text is a clear error', () => {
  const odd = client({})
  odd.host = { name: 'x' }
  expect(() => sessionConfig(odd)).toThrow('The option "host" must be a string')
})

// pg's Client knows nothing of channel_binding; its parameters stand in for ours.
test.each([
  [undefined, false, false],
  [undefined, true, true],
  ['disable', true, false],
  ['prefer', false, true],
  ['require', false, true],
])('DV-68: channel_binding %p goes before enableChannelBinding %p', (channel_binding, enabled, effective) => {
  const made = client({ enableChannelBinding: enabled })
  made.connectionParameters.channel_binding = channel_binding
  expect(sessionConfig(made)).toMatchObject({
    enableChannelBinding: effective,
    channelBinding: channel_binding ?? null,
  })
})
