'use strict'

// The programs of docs/tls.md, as a reader runs them: each in a process of its own, against a server that demands what the
// page says, and once where verification has to fail.

const crypto = require('node:crypto')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { spawnSync } = require('node:child_process')
const { createAuthority, selfSigned } = require('../support/certificates')
const { testUnless } = require('../support/obstacle')
const { startPostgres } = require('../support/postgres')

const root = path.join(__dirname, '..', '..')
const page = fs.readFileSync(path.join(root, 'docs', 'tls.md'), 'utf8')
const example = path.join(root, 'examples', 'tls.js')

const CLOUD_SQL = 'my-project:my-instance'
const authority = createAuthority()
const stranger = createAuthority({ name: 'somebody else' })
const servers = {}
let folder

beforeAll(async () => {
  const hba = [
    'local all all trust',
    'hostssl all app all scram-sha-256',
    'hostssl all all all scram-sha-256',
  ]
  const withCertificate = ['local all all trust', 'hostssl all app all cert']
  const start = (tls, rules = hba) => startPostgres({ tls, hba: rules })
  const itself = selfSigned()
  const made = await Promise.all([
    start(authority.issue()),
    start(authority.issue({ name: 'db.example', hosts: ['db.example'] })),
    start(authority.issue({ name: CLOUD_SQL, hosts: ['other.example'] })),
    start(itself),
    start(authority.issue(), withCertificate),
  ])
  ;[servers.ordinary, servers.named, servers.cloud, servers.itself, servers.mutual] = made
  await Promise.all(made.map((it) => it.query(`CREATE ROLE app LOGIN PASSWORD '${it.password}'`)))

  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oxpg-tls-page-'))
  const { cert, key } = authority.issue({ name: 'app', hosts: ['app'] })
  const shut = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open' }
  write({
    'global-bundle.pem': stranger.cert + authority.cert,
    'server-ca.pem': authority.cert,
    'server.crt': itself.cert,
    'client.crt': cert,
    'client.key': crypto.createPrivateKey(key).export(shut),
  })
})
afterAll(async () => {
  if (folder) fs.rmSync(folder, { recursive: true })
  await Promise.all(Object.values(servers).map((server) => server.stop()))
})

function write(files) {
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), text)
}

/** The program below a heading of the page. */
function recipe(heading) {
  const [, below] = page.split(`\n### ${heading}\n`)
  const [, code] = /```js\n([\s\S]*?)```/.exec(below.split(/\n##/)[0])
  return code
}

function start(server, args, { env, input } = {}) {
  const clean = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(PG|NODE_|DATABASE_URL)/.test(name))
  )
  const { host, port, user, password, database } = server.config
  return spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    env: {
      ...clean,
      PGHOST: host,
      PGPORT: String(port),
      PGUSER: user,
      PGPASSWORD: password,
      PGDATABASE: database,
      ...env,
    },
    input,
    timeout: 25_000,
  })
}

function run(code, server, { env, queries = 1 } = {}) {
  const program = path.join(__dirname, 'programs', 'recipe.js')
  const { stdout, stderr } = start(server, [program], { env, input: JSON.stringify({ code, queries }) })
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout)
}

const encryptedAs = (user) => ({ rows: [expect.objectContaining({ user, ssl: true })], encrypted: [true] })

test('every program of the page is tried here', () => {
  const programs = page.match(/^```js$/gm).length
  const tried = fs.readFileSync(__filename, 'utf8').match(/recipe\(\n? *'/g).length
  expect(tried).toBe(programs)
})

test('a managed server with a public certificate: ssl: true, and what Node trusts', () => {
  const code = recipe('A managed server with a public certificate')
  const file = path.join(folder, 'server-ca.pem')
  expect(run(code, servers.ordinary, { env: { NODE_EXTRA_CA_CERTS: file } })).toMatchObject(
    encryptedAs('postgres')
  )
  expect(run(code, servers.ordinary).code).toBe('SELF_SIGNED_CERT_IN_CHAIN')
})

test('a managed server with its own CA: ca', () => {
  const code = recipe('A managed server with its own CA')
  expect(run(code, servers.ordinary)).toMatchObject(encryptedAs('postgres'))
  expect(run(code, servers.itself).code).toBe('DEPTH_ZERO_SELF_SIGNED_CERT')
})

test('a CA from an environment variable whose line breaks are two characters', () => {
  const code = recipe('A CA from an environment variable')
  const env = { DATABASE_CA: authority.cert.replaceAll('\n', '\\n') }
  expect(run(code, servers.ordinary, { env })).toMatchObject(encryptedAs('postgres'))
  expect(run(code, servers.ordinary, { env: { DATABASE_CA: stranger.cert } }).code).toBe(
    'SELF_SIGNED_CERT_IN_CHAIN'
  )
  expect(run(code.replace(/\.replaceAll.*'\)/, ''), servers.ordinary, { env }).message).toContain(
    '.replaceAll('
  )
})

test('a certificate that is not for the host: checkServerIdentity looks at its common name', () => {
  const code = recipe('A certificate that is not for the host')
  expect(run(code, servers.cloud)).toMatchObject(encryptedAs('postgres'))
  expect(run(code, servers.ordinary).message).toBe('127.0.0.1 is localhost')
})

test('mutual TLS: a certificate and its encrypted key', () => {
  const code = recipe('Mutual TLS')
  const mutual = run(code, servers.mutual, { env: { KEY_PASSPHRASE: 'open' } })
  expect(mutual.rows).toEqual([{ user: 'app', ssl: true, client_dn: '/CN=app', number: 0 }])
  expect(run(code, servers.mutual, { env: { KEY_PASSPHRASE: 'shut' } }).code).toMatch(/^ERR_OSSL_/)
})

const withSocket = testUnless(process.platform === 'win32' && 'Windows has no unix sockets')

withSocket('a unix socket: no TLS, whatever PGSSLMODE says', () => {
  const code = recipe('A unix socket').replace('/var/run/postgresql', servers.ordinary.socketDir)
  const { rows, encrypted } = run(code, servers.ordinary, { env: { PGSSLMODE: 'verify-full' } })
  expect([rows, encrypted]).toEqual([[expect.objectContaining({ ssl: false })], [false]])
})

test('a self-signed certificate in development is its own ca', () => {
  const code = recipe('A self-signed certificate in development')
  expect(run(code, servers.itself)).toMatchObject(encryptedAs('postgres'))
  expect(run(code, servers.ordinary).code).toBe('SELF_SIGNED_CERT_IN_CHAIN')
})

test('a tunnel: an address, and the name as servername', () => {
  const code = recipe('An SSH tunnel or a forwarded port')
  expect(run(code, servers.named)).toMatchObject(encryptedAs('postgres'))
  const byName = code.replace("'127.0.0.1'", "'localhost'")
  expect(run(byName, servers.named).code).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
})

test('a token as the password: a fresh one for each connection', () => {
  const code = recipe('A token that expires, as the password')
  const env = { PGPASSWORD: '', FRESH_TOKEN: servers.ordinary.password }
  const { rows, tokens } = run(code, servers.ordinary, { env, queries: 3 })
  expect(rows.map(({ user }) => user)).toEqual(['app', 'app', 'app'])
  expect(tokens).toBe(3)
  expect(run(code, servers.ordinary, { env: { ...env, FRESH_TOKEN: 'stale' } }).code).toBe('28P01')
})

test('examples/tls.js says what the connection is, and what to do if there is none', () => {
  const url = (parameters) => ({ DATABASE_URL: `postgres://${servers.ordinary.host}?${parameters}` })
  const verified = start(servers.ordinary, [example], {
    env: url('sslmode=verify-full&sslrootcert=server-ca.pem'),
  })
  expect(verified.stdout.trimEnd().split('\n')).toEqual([
    'encrypted:   yes',
    'verified:    yes',
    expect.stringMatching(/^the server: {2}TLSv1\.3, TLS_\w+$/),
    'shown to it: no certificate',
  ])
  const seen = start(servers.ordinary, [example], { env: url('sslmode=no-verify') })
  expect(seen.stdout).toContain('verified:    no')
  const unknown = start(servers.ordinary, [example], { env: url('sslmode=verify-full') })
  expect(unknown.stderr).toMatch(/^SELF_SIGNED_CERT_IN_CHAIN: .* to trust it, put it into ssl\.ca .*\n$/)
  const plain = start(servers.ordinary, [example], { env: url('') })
  expect(plain.stderr).toMatch(/^28000: .*no encryption\nhint: .*sslmode=verify-full.*\n$/)
})
