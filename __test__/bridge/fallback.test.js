'use strict'

// Servers that rustls cannot talk to: the session goes over Node's TLS, and nobody has to do anything for it.

const path = require('node:path')
const { runProgram } = require('../support/child')
const { newClient, openPool, after, failureOf, terminate } = require('../support/connections')
const { createAuthority } = require('../support/certificates')
const { startTlsPostgres } = require('../support/postgres')
const { sharedServer } = require('../support/server')
const { startTlsFront } = require('../support/tls-front')
const { settles, until, nextEvent } = require('../support/until')

const authority = createAuthority()
const ssl = { ca: authority.cert }

async function front(options, how) {
  const { cert, key } = authority.issue(options)
  const made = await startTlsFront(sharedServer(), { cert, key, ...how })
  after(() => made.stop())
  return made
}

const odd = (how) => front({ type: 'p521' }, how)
const hopeless = () => front({ unknown: true })
const counts = ({ totalCount, idleCount, waitingCount }) => [totalCount, idleCount, waitingCount]
const pidOf = async (queryable) => (await queryable.query('SELECT pg_backend_pid() AS pid')).rows[0].pid

test('a server that rustls can talk to is connected to once, by rustls', async () => {
  const server = await front()
  const client = newClient({ ...server.config, ssl })
  await client.connect()
  expect([server.accepted, client.connection.bridge]).toEqual([1, undefined])
})

test('a client connects by the TLS of Node where rustls cannot, and the next one does so at once', async () => {
  const server = await odd()
  for (const accepted of [2, 3, 4]) {
    const client = newClient({ ...server.config, ssl: { ...ssl } })
    await client.connect()
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    expect([server.accepted, client.connection.stream.authorized]).toEqual([accepted, true])
    await client.end()
  }
  await until('the sockets are closed', () => server.open === 0)
})

test('a client certificate that the server refuses is no reason to avoid rustls the next time', async () => {
  const server = await startTlsPostgres(authority)
  after(() => server.stop())
  const visitor = (from) => {
    const { cert, key } = from.issue({ name: 'guest', hosts: ['guest'] })
    return newClient({ ...server.config, user: 'guest', ssl: { ca: authority.cert, cert, key } })
  }
  const { code } = await failureOf(visitor(createAuthority({ name: 'another' })).connect())
  expect(code).toMatch(/UNKNOWN_CA$/)
  const client = visitor(authority)
  await client.connect()
  expect(client.connection.bridge).toBeUndefined()
})

test('options that trust less are judged by themselves, although the server is remembered', async () => {
  const server = await odd()
  await openPool({ ...server.config, ssl }).query('SELECT 1')
  const others = { ca: createAuthority({ name: 'another' }).cert }
  const { code } = await failureOf(newClient({ ...server.config, ssl: others }).connect())
  expect(code).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE')
})

test('a pool opens its sessions over Node by itself, and its counts are right', async () => {
  const server = await odd()
  const pool = openPool({ ...server.config, ssl, max: 3 })
  const texts = Array.from({ length: 30 }, (_, n) => pool.query('SELECT $1::int AS n', [n]))
  expect(counts(pool)).toEqual([3, 0, 27])
  const results = await Promise.all(texts)
  expect(results.map(({ rows }) => rows[0].n)).toEqual(Array.from({ length: 30 }, (_, n) => n))
  expect(counts(pool)).toEqual([3, 3, 0])
  expect(server.accepted).toBeLessThanOrEqual(6)
  await pool.end()
  await until('the sockets are closed', () => server.open === 0)
})

test('a client of the pool gets such a session with its socket', async () => {
  const server = await odd()
  const pool = openPool({ ...server.config, ssl, max: 1 })
  const pid = await pidOf(pool)
  const client = await pool.connect()
  try {
    expect(await pidOf(client)).toBe(pid)
    const { stream } = client.connection
    expect([stream.encrypted, stream.authorized, stream.getPeerCertificate().subject.CN]).toEqual([
      true,
      true,
      'localhost',
    ])
  } finally {
    client.release()
  }
  expect(server.accepted).toBe(2)
})

test('a query on such a session is cancelled over TLS of the same kind', async () => {
  const server = await odd()
  const pool = openPool({ ...server.config, ssl, max: 1 })
  const pid = await pidOf(pool)
  const slow = failureOf(pool.query({ text: 'SELECT pg_sleep(60)', query_timeout: 100 }))
  expect((await settles('the query', slow)).message).toBe('Query read timeout')
  expect(await settles('the next query', pidOf(pool))).toBe(pid)
})

test('a session that dies while it is idle leaves the pool, which says so', async () => {
  const server = await odd()
  const pool = openPool({ ...server.config, ssl, max: 1 })
  const told = nextEvent(pool, 'error')
  await terminate(await pidOf(pool))
  expect((await told)[0].code).toBe('57P01')
  expect(pool.totalCount).toBe(0)
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})

test('what Node refuses as well leaks no slot and no socket, and has its error', async () => {
  const server = await hopeless()
  const pool = openPool({ ...server.config, ssl, max: 2 })
  const attempts = Array.from({ length: 20 }, (_, n) => (n % 2 ? pool.query('SELECT 1') : pool.connect()))
  const failures = await Promise.all(attempts.map(failureOf))
  expect(new Set(failures.map(({ message }) => message))).toEqual(new Set(['unhandled critical extension']))
  expect(new Set(failures).size).toBe(20)
  expect(counts(pool)).toEqual([0, 0, 0])
  await until('the sockets are closed', () => server.open === 0)
})

const ASKS = { query: (pool) => pool.query('SELECT 1'), connect: (pool) => pool.connect() }

test.each(Object.keys(ASKS))('the deadline of pool.%s() covers both attempts', async (method) => {
  const server = await odd({ muteFrom: 2 })
  const pool = openPool({ ...server.config, ssl, max: 1, connectionTimeoutMillis: 500 })
  const error = await settles('the pool', failureOf(ASKS[method](pool)))
  expect([error.message, error.phase]).toEqual(['Connection terminated due to connection timeout', 'tls'])
  await until('the slot is free', () => pool.totalCount === 0)
  await until('the sockets are closed', () => server.open === 0)
})

test('the deadline of a client covers both attempts', async () => {
  const server = await odd({ muteFrom: 2 })
  const client = newClient({ ...server.config, ssl, connectionTimeoutMillis: 500 })
  const error = await settles('connect()', failureOf(client.connect()))
  expect([error.message, error.phase]).toEqual(['timeout expired', 'tls'])
  await until('the sockets are closed', () => server.open === 0)
})

test('end() in the second attempt ends it', async () => {
  const server = await odd({ muteFrom: 2 })
  const client = newClient({ ...server.config, ssl })
  const connected = failureOf(client.connect())
  await until('the second attempt has begun', () => server.accepted === 2)
  await settles('end()', client.end())
  await settles('connect()', connected)
  await until('the sockets are closed', () => server.open === 0)
})

test('a password function is asked once, by the attempt that gets so far', async () => {
  const server = await odd()
  let asked = 0
  const password = () => {
    asked++
    return sharedServer().config.password
  }
  await openPool({ ...server.config, ssl, password }).query('SELECT 1')
  await newClient({ ...server.config, ssl, password }).connect()
  expect(asked).toBe(2)
})

const program = (...names) => path.join(__dirname, '..', ...names)
const EXITS = ['client.end', 'client.unref', 'pool.end', 'allowExitOnIdle', 'failed connect', 'idle timeout']

test.each(EXITS)('a process with such sessions exits by itself after: %s', async (way) => {
  const server = await odd()
  const args = [way, '0', JSON.stringify({ ...server.config, ssl })]
  const end = await runProgram(program('bridge', 'programs', 'exits.js'), { args })
  expect(end).toEqual({ code: 0, signal: null, stdout: 'done\n', stderr: '' })
})

test.each(['process.exit', 'worker'])('such sessions survive nothing: %s', async (way) => {
  const server = await odd()
  for (let seed = 0; seed < 3; seed++) {
    const args = [way, String(seed), JSON.stringify({ ...server.config, ssl })]
    const end = await runProgram(program('bridge', 'programs', 'exits.js'), { args })
    expect(end).toMatchObject({ code: 0, signal: null, stderr: '' })
  }
})

test('a pool of such sessions that was forgotten without end() closes them', async () => {
  const server = await odd()
  const args = ['idle', JSON.stringify({ ...server.config, ssl })]
  const end = await runProgram(program('pool', 'programs', 'dropped-pools.js'), { args })
  expect(end).toEqual({ code: 0, signal: null, stdout: 'closed\n', stderr: '' })
})
