'use strict'

// The servers of the tables in this folder, and what becomes of a connection to each of them. A row of a table is a mode
// (what the application writes), a column a server and the host by which it is reached; a cell is one word for how it ends.
// pg and oxpg each connect in full: they must agree in every code, message and fact, and the words must be those written.

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { createAuthority, selfSigned } = require('../support/certificates')
const { startPostgres } = require('../support/postgres')
const { sharedServer } = require('../support/server')
const { SIDES, oursIsPg } = require('../parity/drivers')
const { observe } = require('../parity/harness')

const authority = createAuthority()
const stranger = createAuthority({ name: 'another authority' })
const intermediate = authority.intermediate()
const lone = selfSigned()
const guest = (options) => authority.issue({ name: 'guest', hosts: ['guest'], ...options })

/** A server that forgets to send its intermediate. */
const firstOf = ({ cert, key }) => ({ cert: cert.replace(/(?<=-----END CERTIFICATE-----\n).*/s, ''), key })

const CERTIFICATES = {
  vouched: () => authority.issue(),
  chain: () => intermediate.issue(),
  halfChain: () => firstOf(intermediate.issue()),
  stranger: () => stranger.issue(),
  selfSigned: () => lone,
  expired: () => authority.issue({ expired: true }),
  early: () => authority.issue({ early: true }),
  other: () => authority.issue({ name: 'db.example', hosts: ['db.example'] }),
}

// Everybody may come in plain text but those whose columns are about that: a fallback to plain text would show.
const HBA = [
  'local all all trust',
  'host all postgres all trust',
  'hostssl all guest all cert',
  'hostssl all encrypted all trust',
]

const [NAME, ADDRESS] = ['localhost', '127.0.0.1']
const COLUMNS = {
  'by name': { server: 'vouched', host: NAME },
  'by address': { server: 'vouched', host: ADDRESS },
  chain: { server: 'chain', host: NAME },
  'half chain': { server: 'halfChain', host: NAME },
  stranger: { server: 'stranger', host: NAME },
  'self-signed': { server: 'selfSigned', host: NAME },
  expired: { server: 'expired', host: NAME },
  early: { server: 'early', host: NAME },
  'other name': { server: 'other', host: NAME },
  'no address': { server: 'other', host: ADDRESS },
  'wants TLS': { server: 'vouched', host: NAME, user: 'encrypted' },
  'wants cert': { server: 'vouched', host: NAME, user: 'guest' },
  'no TLS': { server: 'plain', host: NAME },
}

const WORDS = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self',
  SELF_SIGNED_CERT_IN_CHAIN: 'issuer',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'issuer',
  UNABLE_TO_GET_ISSUER_CERT: 'issuer',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'issuer',
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'early',
  ERR_TLS_CERT_ALTNAME_INVALID: 'name',
  28000: 'denied',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'denied',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'denied',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'denied',
  ERR_OSSL_X509_KEY_VALUES_MISMATCH: 'mismatch',
  ECONNRESET: 'reset',
}

const wanted = new Set()
const servers = {}
let directory

/** Starts the servers of the tables that were declared. */
async function start() {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'oxpg-tls-'))
  servers.plain = { ...sharedServer().config }
  const starts = [...wanted].filter((name) => name in CERTIFICATES)
  const entries = starts.map(async (name) => {
    servers[name] = await startPostgres({ tls: { ...CERTIFICATES[name](), ca: authority.cert }, hba: HBA })
    await servers[name].query('CREATE ROLE guest LOGIN; CREATE ROLE encrypted LOGIN')
  })
  await Promise.all(entries)
}

async function stop() {
  await Promise.all(Object.values(servers).map((server) => server.stop?.()))
  if (directory) fs.rmSync(directory, { recursive: true, force: true })
}

/** The path of a file with this text, for what a connection string names by path. */
function file(name, text) {
  const target = path.join(directory, name)
  fs.writeFileSync(target, text, { mode: 0o600 })
  return target
}

/** What a mode makes its config of: where the server is, as an object and as the begin of a connection string. */
function targetOf({ server, host, user }) {
  const { port, database, user: owner, password } = servers[server].config ?? servers[server]
  const config = { host, port, database, user: user ?? owner, password }
  const url = `postgres://${config.user}:${password}@${host}:${port}/${database}`
  return { config, url }
}

// OpenSSL's own sentences begin with a thread's number and end in lines of its source: there the code is all that counts.
function failure({ code, message }) {
  return /^ERR_(SSL|OSSL)_/.test(code) ? { code } : { code, message }
}

/** oxpg may say more than pg, how to mend it, behind what pg says. */
function upToAddition(ours, theirs) {
  const [said, model] = [ours.rejected?.message, theirs.rejected?.message]
  if (!said || !model || !said.startsWith(model)) return ours
  return { ...ours, rejected: { ...ours.rejected, message: model } }
}

// Variables count while a client is constructed, which takes no turn of the event loop.
function constructed(construct, variables) {
  Object.assign(process.env, variables)
  try {
    return { client: construct() }
  } catch (error) {
    return { threw: failure(error) }
  } finally {
    for (const name in variables) delete process.env[name]
  }
}

async function connect({ pg, outcome }, mode, column) {
  const { variables, ...config } = mode(targetOf(column))
  const { client, threw } = constructed(() => new pg.Client(config), variables)
  if (threw) return { threw }
  client.on('error', () => {})
  const { rejected } = await outcome(client.connect())
  if (rejected) {
    // Not end(), which pg may leave unsettled once a handshake has failed.
    client.connection.stream.destroy()
    return { rejected: failure(rejected) }
  }
  const text = 'SELECT ssl, version, client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()'
  const { rows } = await client.query(text)
  const { alpnProtocol } = client.connection.stream
  await client.end()
  return { connected: rows[0], alpnProtocol: alpnProtocol || undefined }
}

function wordFor({ connected, threw, rejected }) {
  if (connected) return connected.ssl ? 'TLS' : 'plain'
  if (threw) return 'throws'
  if (/does not support SSL/.test(rejected.message)) return 'no TLS'
  return WORDS[rejected.code] ?? rejected.code ?? rejected.message
}

/**
 * The rows of a table: a head with the names of columns, then `name of mode | word | word ...`. Where the two differ on
 * purpose there are two words: `pg's > oxpg's`.
 */
function parse(table) {
  const [head, ...lines] = table
    .trim()
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
  return lines.map(([name, ...words]) => ({
    name,
    cells: head.slice(1).map((column, i) => [column, words[i].split(' > ')]),
  }))
}

/** Declares one test per row; `modes` gives the config of each, as a function of the target. */
function matrix(title, modes, table) {
  const rows = parse(table)
  for (const [column] of rows[0].cells) wanted.add(COLUMNS[column].server)
  test(`${title}: every mode has its row`, () => {
    expect(rows.map(({ name }) => name)).toEqual(Object.keys(modes))
  })
  test.each(rows)(`${title}: $name`, async ({ name, cells }) => {
    const columns = cells.map(([column]) => column)
    const results = { theirs: {}, ours: {} }
    for (const side of SIDES) {
      const all = async (context) => {
        const attempts = columns.map((column) => connect(context, modes[name], COLUMNS[column]))
        for (const [i, result] of (await Promise.all(attempts)).entries()) results[side][columns[i]] = result
        return 'done'
      }
      await observe(all, side)
    }
    const { theirs, ours } = results
    expect(mapped(theirs, wordFor)).toEqual(
      Object.fromEntries(cells.map(([column, [word]]) => [column, word]))
    )
    const same = (result, column) => upToAddition(result, theirs[column])
    for (const [column, [, word]] of cells) {
      if (word === undefined || oursIsPg) continue
      expect(wordFor(ours[column])).toBe(word)
      delete ours[column]
      delete theirs[column]
    }
    expect(mapped(ours, same)).toEqual(theirs)
  })
}

const mapped = (object, change) =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value, key)]))

module.exports = { authority, intermediate, stranger, lone, guest, start, stop, file, matrix }
