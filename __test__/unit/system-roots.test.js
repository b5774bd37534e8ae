'use strict'

// DV-65: `sslrootcert=system`, the word of libpq that pg takes for the name of a file.

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const ConnectionParameters = require('../../lib/connection-parameters')
const { sessionConfig } = require('../../lib/session-config')
const { withEnv } = require('./compare')

const resolve = (config, variables = {}) => withEnv(variables, () => new ConnectionParameters(config))
const SYSTEM = { sslrootcert: 'system', rejectUnauthorized: true }

beforeAll(() => jest.spyOn(process, 'emitWarning').mockImplementation(() => {})) // S-13 warns once per process
afterAll(() => jest.restoreAllMocks())

test.each([
  'postgres://u:p@h:1/d?sslrootcert=system',
  'postgres://u:p@h:1/d?sslrootcert=system&sslmode=verify-full',
  'postgres://u:p@h:1/d?ssl=no-verify&sslrootcert=system',
  'postgres://u:p@h:1/d?sslmode=require&sslrootcert=system',
  'postgres://u:p@h:1/d?uselibpqcompat=true&sslrootcert=system&sslmode=verify-full',
  'postgres://u:p@h:1/d?sslrootcert=/no/such/file&sslrootcert=system',
  'postgres://u:p@h:1/d?%73slrootcert=%73ystem',
  'postgres://u:p@h:1/d?sslrootcert=system#fragment',
])('%s trusts the system, and verifies in full', (connectionString) => {
  for (const config of [connectionString, { connectionString }]) {
    const { ssl, host, port, user, password, database } = resolve(config)
    expect({ ...ssl }).toEqual(SYSTEM)
    expect([host, port, user, password, database]).toEqual(['h', 1, 'u', 'p', 'd'])
  }
})

test('the other parameters stay what they are', () => {
  const text = 'postgres://h/my db?application_name=a b&sslrootcert=system&options=-c a=b'
  const { application_name, options, database } = resolve(text)
  expect([application_name, options, database]).toEqual(['a b', '-c a=b', 'my db'])
})

test('a client certificate goes with it', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oxpg-system-'))
  const file = path.join(folder, 'file.pem')
  fs.writeFileSync(file, 'PEM TEXT')
  try {
    const { ssl } = resolve(`postgres://h/d?sslcert=${file}&sslkey=${file}&sslrootcert=system`)
    expect({ ...ssl, key: ssl.key }).toEqual({ ...SYSTEM, cert: 'PEM TEXT', key: 'PEM TEXT' })
    expect(Object.keys(ssl)).not.toContain('key') // C-7
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
})

test.each([
  ['disable', ''],
  ['no-verify', ''],
  ['allow', '&uselibpqcompat=true'],
  ['prefer', '&uselibpqcompat=true'],
  ['require', '&uselibpqcompat=true'],
  ['verify-ca', '&uselibpqcompat=true'],
])('sslmode=%s%s is too weak for it, in the words of libpq', (mode, rest) => {
  expect(() => resolve(`postgres://u:secret@h/d?sslrootcert=system&sslmode=${mode}${rest}`)).toThrow(
    new Error(`weak sslmode "${mode}" may not be used with sslrootcert=system (use "verify-full")`)
  )
})

test.each([
  'postgres://h/d?sslrootcert=system&sslrootcert=/no/such/file',
  'postgres://h/d?sslrootcert=./system',
  'postgres://h/d?sslrootcert=SYSTEM',
])('%s names a file', (text) => {
  expect(() => resolve(text)).toThrow(expect.objectContaining({ code: 'ENOENT' }))
})

test.each(['socket:/tmp?sslrootcert=system', '/tmp d?sslrootcert=system'])(
  '%s has no such parameter, as in pg',
  (text) => {
    expect(resolve(text).ssl).toBe(false)
  }
)

test('PGSSLROOTCERT means nothing, as in pg', () => {
  expect(resolve({}, { PGSSLROOTCERT: 'system', PGSSLMODE: 'verify-full' }).ssl).toBe(true)
})

test('an ssl object may carry the word, but not weaken it', () => {
  const session = (ssl) =>
    sessionConfig({ host: 'h', port: 1, ssl, connectionParameters: {}, getStartupConf: () => ({}) })
  const { roots, rejectUnauthorized } = session({ sslrootcert: 'system' }).ssl
  expect([roots > 0, rejectUnauthorized]).toEqual([true, true])
  expect(() => session({ sslrootcert: 'system', rejectUnauthorized: false })).toThrow(
    'sslrootcert=system verifies the server in full: rejectUnauthorized must not be false'
  )
})
