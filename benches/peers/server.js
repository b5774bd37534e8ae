'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { createRequire } = require('node:module')
const { createTables, dropTables } = require('./tables')

const ROOT = path.join(__dirname, '..', '..')

/**
 * The server all drivers meet: OXPG_TEST_SERVER if it is set, else an embedded one that lives as long as the run.
 * `authority` vouches for its certificate: `{ cert, file }`; undefined if it is not known.
 */
async function startServer() {
  const given = process.env.OXPG_TEST_SERVER
  if (given) {
    const { ca, ...config } = parse(given)
    const kept = ca && keep(ca)
    return { config, authority: kept?.authority, stop: async () => kept?.remove() }
  }
  const support = path.join(ROOT, '__test__', 'support')
  const { createAuthority } = require(path.join(support, 'certificates'))
  const authority = createAuthority()
  // RSA, as managed servers have it.
  const { cert, key } = authority.issue({ type: 'rsa' })
  const server = await require(path.join(support, 'postgres')).startPostgres({ tls: { cert, key } })
  const kept = keep(authority.cert)
  const stop = () => (kept.remove(), server.stop())
  return { config: server.config, authority: kept.authority, stop }
}

// libpq reads a file.
function keep(cert) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'oxpg-bench-'))
  const file = path.join(directory, 'ca.crt')
  fs.writeFileSync(file, cert)
  return { authority: { cert, file }, remove: () => fs.rmSync(directory, { recursive: true }) }
}

function parse(given) {
  try {
    const { host, port, user, password, database, ca } = JSON.parse(given)
    return { host, port, user, password, database, ca }
  } catch {
    throw new Error('OXPG_TEST_SERVER must be JSON: {"host", "port", "user", "password", "database", "ca"}')
  }
}

/** Runs `work` with the tables in place and takes them away again: the server may be somebody's own. */
async function withTables(config, names, work) {
  await asAdmin(config, (client) => createTables(client, names))
  try {
    return await work()
  } finally {
    await asAdmin(config, dropTables)
  }
}

async function asAdmin(config, work) {
  const { Client } = createRequire(path.join(ROOT, 'package.json'))('pg')
  const client = new Client(config)
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

module.exports = { startServer, withTables }
