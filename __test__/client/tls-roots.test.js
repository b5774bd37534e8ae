'use strict'

// T-4: without `ca` the roots are those that Node trusts, whatever told Node to.

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { createAuthority } = require('../support/certificates')
const { runProgram } = require('../support/child')
const { startPostgres } = require('../support/postgres')

const PROGRAM = path.join(__dirname, 'programs', 'trusts.js')
const root = createAuthority({ name: 'a root of our own' })
const intermediate = root.intermediate({ name: 'an intermediate' })
const other = createAuthority({ name: 'another' })
const BROKEN = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
let server
let named
let folder

beforeAll(async () => {
  const { cert, key } = intermediate.issue()
  const elsewhere = intermediate.issue({ hosts: ['db.example'] })
  server = await startPostgres({ tls: { cert, key } })
  named = await startPostgres({ tls: { cert: elsewhere.cert, key: elsewhere.key } })
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oxpg-roots-'))
})
afterAll(async () => {
  fs.rmSync(folder, { recursive: true, force: true })
  await Promise.all([server, named].map((one) => one.stop()))
})

function fileOf(name, text) {
  const file = path.join(folder, name)
  fs.writeFileSync(file, text)
  return file
}

const UNKNOWN = 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'
const NONE = { NODE_EXTRA_CA_CERTS: '', NODE_USE_SYSTEM_CA: '', SSL_CERT_FILE: '', SSL_CERT_DIR: '' }

/** How connecting ends with the given configs, by driver. */
async function outcomes(configs, { env, cwd, nodeArgs } = {}) {
  const list = configs.map((config) =>
    typeof config === 'string' ? config : { ...server.config, ...config }
  )
  const args = [JSON.stringify({ configs: list, cwd })]
  const run = await runProgram(PROGRAM, { args, nodeArgs, env: { ...NONE, ...env } })
  if (run.code !== 0) throw new Error(run.stderr)
  return JSON.parse(run.stdout)
}

const both = (...list) => ({ pg: list, oxpg: list })

test('an authority that nobody knows is refused', async () => {
  expect(await outcomes([{ ssl: true }, { ssl: {} }])).toEqual(both(UNKNOWN, UNKNOWN))
})

test('NODE_EXTRA_CA_CERTS is trusted beside the others, but not beside a ca', async () => {
  const env = { NODE_EXTRA_CA_CERTS: fileOf('extra.pem', `# ours\n${other.cert}${root.cert}`) }
  const configs = [{ ssl: true }, { ssl: { ca: '' } }, { ssl: { ca: other.cert } }, { ssl: { ca: [] } }]
  expect(await outcomes(configs, { env })).toEqual(both('encrypted', 'encrypted', UNKNOWN, UNKNOWN))
})

test.each([
  ['an intermediate alone', () => intermediate.cert, 'UNABLE_TO_GET_ISSUER_CERT'],
  ['something broken before the root', () => other.cert + BROKEN + root.cert, UNKNOWN],
  ['something broken behind the root', () => root.cert + BROKEN, 'encrypted'],
  ['no certificate', () => 'nothing', UNKNOWN],
])('NODE_EXTRA_CA_CERTS with %s counts as it does to Node', async (_name, text, expected) => {
  const env = { NODE_EXTRA_CA_CERTS: fileOf('strange.pem', text()) }
  expect(await outcomes([{ ssl: true }], { env })).toEqual(both(expected))
})

test('NODE_EXTRA_CA_CERTS that does not exist is nothing', async () => {
  const env = { NODE_EXTRA_CA_CERTS: path.join(folder, 'none.pem') }
  expect(await outcomes([{ ssl: true }], { env })).toEqual(both(UNKNOWN))
})

test.each([
  ['as an argument', (option) => ({ nodeArgs: [option] })],
  ['in NODE_OPTIONS', (option) => ({ env: { NODE_OPTIONS: option } })],
])('--use-openssl-ca %s: what OpenSSL reads is trusted', async (_name, given) => {
  const { nodeArgs, env } = given('--use-openssl-ca')
  const SSL_CERT_FILE = fileOf('openssl.pem', root.cert)
  expect(await outcomes([{ ssl: true }], { nodeArgs, env: { ...env, SSL_CERT_FILE } })).toEqual(
    both('encrypted')
  )
  expect(await outcomes([{ ssl: true }], { env: { SSL_CERT_FILE } })).toEqual(both(UNKNOWN))
})

describe('DV-65: sslrootcert=system', () => {
  const withQuery = (query) => `${server.url}?${query}`

  test('trusts the store of the system, where pg looks for a file of that name', async () => {
    const env = { SSL_CERT_FILE: fileOf('system.pem', root.cert) }
    const queries = [
      'sslrootcert=system',
      'sslmode=verify-full&sslrootcert=system',
      'sslrootcert=%73ystem&application_name=a%20b',
      'uselibpqcompat=true&sslrootcert=system&sslnegotiation=direct',
    ]
    const configs = [...queries.map(withQuery), { connectionString: withQuery(queries[0]) }]
    expect(await outcomes(configs, { env })).toEqual({
      pg: configs.map(() => 'ENOENT'),
      oxpg: configs.map(() => 'encrypted'),
    })
  })

  test('trusts every file of SSL_CERT_DIR', async () => {
    const directory = fs.mkdtempSync(path.join(folder, 'directory-'))
    fs.writeFileSync(path.join(directory, 'other.pem'), other.cert)
    fs.writeFileSync(path.join(directory, 'root.pem'), root.cert)
    const { oxpg } = await outcomes([withQuery('sslrootcert=system')], { env: { SSL_CERT_DIR: directory } })
    expect(oxpg).toEqual(['encrypted'])
  })

  test('trusts the default roots, too, and nothing else', async () => {
    const env = { NODE_EXTRA_CA_CERTS: fileOf('also.pem', root.cert) }
    const SSL_CERT_FILE = fileOf('others.pem', other.cert)
    const configs = [withQuery('sslrootcert=system')]
    expect((await outcomes(configs, { env: { ...env, SSL_CERT_FILE } })).oxpg).toEqual(['encrypted'])
    expect((await outcomes(configs, { env: { SSL_CERT_FILE } })).oxpg).toEqual([UNKNOWN])
  })

  test('verifies all the same where NODE_TLS_REJECT_UNAUTHORIZED is 0', async () => {
    const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0' }
    const SSL_CERT_FILE = fileOf('mine.pem', root.cert)
    const configs = [withQuery('sslrootcert=system'), `${named.url}?sslrootcert=system`]
    expect((await outcomes(configs, { env })).oxpg).toEqual([UNKNOWN, UNKNOWN])
    expect((await outcomes(configs, { env: { ...env, SSL_CERT_FILE } })).oxpg).toEqual([
      'encrypted',
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ])
  })

  test('is the word even where a file has that name', async () => {
    fileOf('system', root.cert)
    const configs = ['sslrootcert=system', 'sslrootcert=./system'].map(withQuery)
    expect(await outcomes(configs, { cwd: folder })).toEqual({
      pg: ['encrypted', 'encrypted'],
      oxpg: [UNKNOWN, 'encrypted'],
    })
  })

  test('goes over a socket of Node, too', async () => {
    const env = { SSL_CERT_FILE: fileOf('node.pem', root.cert), NODE_OPTIONS: '--tls-min-v1.0' }
    expect((await outcomes([withQuery('sslrootcert=system')], { env })).oxpg).toEqual(['encrypted'])
    expect(
      (await outcomes([withQuery('sslrootcert=system')], { env: { ...env, SSL_CERT_FILE: '' } })).oxpg
    ).toEqual([UNKNOWN])
  })
})
