'use strict'

// Catalogue 2.3: the password file, asked when nobody else knows the password. Each case in a process of its own, because
// its warning comes once per process.

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { parity, deviation } = require('./harness')

// PGPASSWORD, even an empty one, switches the file off.
function passwordFile({ config, defer }, lines, mode = 0o600) {
  delete process.env.PGPASSWORD
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'oxpg-pgpass-')), 'pgpass')
  defer(() => fs.rmSync(path.dirname(file), { recursive: true, force: true }))
  fs.writeFileSync(file, lines(config).join('\n'), { mode })
  fs.chmodSync(file, mode)
  process.env.PGPASSFILE = file
}

const escaped = (text) => text.replace(/[:\\]/g, '\\$&')

function warnings(log) {
  process.on('warning', ({ name, message, code }) => log('warning', name, message, code))
}

// The failure without what names the attempt.
const failure = ({ rejected, resolved }) => (rejected ? [rejected.name, rejected.message] : Boolean(resolved))

const files = [
  ['the line of this server', (c) => [`${c.host}:${c.port}:${c.database}:${c.user}:${escaped(c.password)}`]],
  ['wildcards', (c) => [`*:*:*:*:${escaped(c.password)}`]],
  [
    'comments and other lines first',
    (c) => ['# a comment', 'other:1:x:y:z', `*:*:*:${c.user}:${escaped(c.password)}`],
  ],
  ['a wrong password', () => ['*:*:*:*:wrong password']],
  ['no line that matches', () => ['elsewhere:1:x:y:password']],
  ['nothing', () => []],
]

parity.each(files)(
  ([what]) => `A-10: a password file with ${what}`,
  async (context, [, lines]) => {
    const { newClient, log, outcome, config, defer } = context
    warnings(log)
    passwordFile(context, lines)
    const client = newClient({ password: undefined })
    defer(() => client.connection?.stream?.destroy())
    log('connect', failure(await outcome(client.connect())))
    log(
      'password',
      client.password === config.password,
      client.connectionParameters.password === config.password
    )
  },
  () => ({ child: {} })
)

parity.each([
  ['that others may read', 0o644],
  ['that a group may read', 0o640],
  ['that its owner may only read', 0o400],
])(
  ([what]) => `A-10: a password file ${what}`,
  async (context, [, mode]) => {
    const { newClient, log, outcome, defer } = context
    warnings(log)
    passwordFile(context, (c) => [`*:*:*:*:${escaped(c.password)}`], mode)
    const client = newClient({ password: undefined })
    defer(() => client.connection?.stream?.destroy())
    log('connect', failure(await outcome(client.connect())))
  },
  () => ({ child: {} })
)

parity(
  'A-10: a password file that is not there',
  async (context) => {
    const { newClient, log, outcome, defer } = context
    warnings(log)
    delete process.env.PGPASSWORD
    process.env.PGPASSFILE = path.join(os.tmpdir(), 'no-such-oxpg-pgpass')
    const client = newClient({ password: undefined })
    defer(() => client.connection?.stream?.destroy())
    log('connect', failure(await outcome(client.connect())))
  },
  { child: {} }
)

parity(
  'A-10: a pool asks the password file for each client, and warns once',
  async (context) => {
    const { newPool, log } = context
    warnings(log)
    passwordFile(context, (c) => [`*:*:*:*:${escaped(c.password)}`])
    const pool = newPool({ password: undefined, max: 2 })
    const clients = await Promise.all([pool.connect(), pool.connect()])
    for (const client of clients) client.release()
    const other = newPool({ password: undefined, max: 2 })
    log('pool.query', (await other.query('select 1 as n')).rows)
    log('totals', pool.totalCount, other.totalCount)
  },
  { child: {} }
)

parity(
  'A-10: a password of its own, or in the environment, goes before the file',
  async (context) => {
    const { newClient, log, config } = context
    warnings(log)
    passwordFile(context, () => ['*:*:*:*:wrong'])
    await newClient().connect()
    process.env.PGPASSWORD = config.password
    const client = newClient({ password: undefined })
    await client.connect()
    log('password', client.password === config.password)
  },
  { child: {} }
)

deviation(
  'A-10: a password file with two lines that match (DV-27)',
  async (context) => {
    const { newClient, outcome, defer } = context
    defer(() => delete process.env.PGPASSFILE)
    passwordFile(context, (c) => [`*:*:*:*:${escaped(c.password)}`, '*:*:*:*:wrong'])
    const client = newClient({ password: undefined })
    client.on('error', () => {})
    defer(() => client.connection?.stream?.destroy())
    return Boolean((await outcome(client.connect())).resolved)
  },
  { theirs: false, ours: true }
)
