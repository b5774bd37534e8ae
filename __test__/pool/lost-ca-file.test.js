'use strict'

// A pool that is open knows its certificates: the file of its connection string may be replaced, or its disk be gone.

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, openPool, sessionsOf, terminate } = require('../support/connections')
const { createAuthority } = require('../support/certificates')
const { onlyOxpg } = require('../support/drivers')
const { startPostgres } = require('../support/postgres')

const authority = createAuthority()
let server

beforeAll(async () => {
  server = await startPostgres({ tls: authority.issue() })
})
afterAll(() => server.stop())

/** A pool that has one idle session, and whose file is gone. */
async function bereaved({ password = server.password, ...options } = {}) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oxpg-lost-ca-'))
  after(() => fs.rmSync(folder, { recursive: true, force: true }))
  const file = path.join(folder, 'ca.pem')
  fs.writeFileSync(file, authority.cert)
  const { host, port, user, database } = server.config
  const who = password === '' ? user : `${user}:${password}`
  const connectionString = `postgres://${who}@${host}:${port}/${database}?sslmode=verify-full&sslrootcert=${file}`
  const pool = openPool({ connectionString, max: 2, ...options })
  await pool.query('SELECT 1')
  fs.unlinkSync(file)
  return pool
}

/** More than one session can do at once. */
const bothAtOnce = (pool) => {
  const backends = Array.from({ length: 2 }, () =>
    pool.query('SELECT pg_backend_pid() AS pid, pg_sleep(0.1)')
  )
  return Promise.all(backends).then((results) => new Set(results.map(({ rows: [{ pid }] }) => pid)).size)
}

onlyOxpg('a client can be checked out, and every slot is kept', async () => {
  const pool = await bereaved()
  const client = await pool.connect()
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  expect(client.connectionParameters.host).toBe(server.host)
  expect(client.connection.stream.authorized).toBe(true)
  client.release()
  expect(await bothAtOnce(pool)).toBe(2)
  await pool.end()
  expect(pool.totalCount).toBe(0)
})

onlyOxpg('who listens hears of new sessions', async () => {
  const pool = await bereaved()
  const heard = []
  pool.on('connect', (client) => heard.push(client.user))
  expect([await bothAtOnce(pool), heard]).toEqual([2, [server.user]])
})

onlyOxpg('another connection string is read anew', async () => {
  const pool = await bereaved()
  pool.on('connect', () => {})
  pool.options.connectionString = pool.options.connectionString.replace('ca.pem', 'another.pem')
  const outcomes = await Promise.allSettled([pool.query('SELECT 1'), pool.query('SELECT 1')])
  expect(outcomes.map(({ reason }) => reason?.code)).toContain('ENOENT')
})

onlyOxpg('the loss of an idle session is told', async () => {
  const pool = await bereaved()
  const told = new Promise((resolve) => pool.once('error', resolve))
  const [{ pid }] = await sessionsOf(pool, server)
  await terminate(pid, server)
  expect((await told).code).toBe('57P01')
})

onlyOxpg('a session that needs a password asks the password file', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oxpg-lost-ca-'))
  const { PGPASSFILE } = process.env
  after(() => {
    if (PGPASSFILE === undefined) delete process.env.PGPASSFILE
    else process.env.PGPASSFILE = PGPASSFILE
    fs.rmSync(folder, { recursive: true })
  })
  process.env.PGPASSFILE = path.join(folder, 'pgpass')
  fs.writeFileSync(process.env.PGPASSFILE, `*:*:*:*:${server.password}\n`, { mode: 0o600 })
  const pool = await bereaved({ password: '' })
  expect(await bothAtOnce(pool)).toBe(2)
})
