'use strict'

const { spawnSync } = require('node:child_process')
const path = require('node:path')

const examples = path.join(__dirname, '..', '..', 'examples')
const server = JSON.parse(process.env.OXPG_TEST_SERVER)

// As a user does it, in a process of its own that has to end by itself.
function run(name, settings) {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !/^(PG|DATABASE_URL$)/.test(key))
  )
  const child = spawnSync(process.execPath, [path.join(examples, name)], {
    encoding: 'utf8',
    env: { ...env, ...settings },
    timeout: 25_000,
  })
  return { status: child.status, stderr: child.stderr, lines: child.stdout.trimEnd().split('\n') }
}

function url({ host, port, user, password, database }) {
  const secret = [user, password].map(encodeURIComponent).join(':')
  return `postgres://${secret}@${host}:${port}/${database}`
}

const byUrl = { DATABASE_URL: url(server) }
const byVariables = {
  PGHOST: server.host,
  PGPORT: String(server.port),
  PGUSER: server.user,
  PGPASSWORD: server.password,
  PGDATABASE: server.database,
}

test.each([
  ['DATABASE_URL', byUrl],
  ['the PG* variables', byVariables],
])('quickstart connects by %s', (_, settings) => {
  const { status, stderr, lines } = run('quickstart.js', settings)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(lines).toEqual(['hello from oxpg', expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)])
})

test('transaction commits the good transfer and none of the bad one', () => {
  const { status, stderr, lines } = run('transaction.js', byUrl)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(lines).toEqual([
    'before:    alice 100, bob 50',
    'committed: alice 70, bob 80',
    expect.stringMatching(/^refused: {3}23514 new row for relation "account" violates check constraint/),
    'unchanged: alice 70, bob 80',
  ])
})

test('streaming reads in pages, copies both ways, and gives its client back', () => {
  const { status, stderr, lines } = run('streaming.js', byUrl)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(lines).toEqual([
    'cursor:     251 I',
    'copied in:  1000 rows',
    'copied out: 1000 rows, 14780 bytes',
    'streamed:   14780 characters',
    'too large:  ERR_OXPG_RESULT_TOO_LARGE',
    'sessions:   1 open, 1 idle',
  ])
})

test.each([
  ['the server of DATABASE_URL', byUrl, /^server +PostgreSQL \d+.* \(from DATABASE_URL\)$/],
  ['a server of its own', {}, /^server +PostgreSQL \d+.* \(embedded, started in [\d.]+ s\)$/],
])('the demo shows the main job on %s', (_, settings, serverLine) => {
  const { status, stderr, lines } = run('demo.js', settings)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(lines).toEqual([
    expect.stringMatching(serverLine),
    expect.stringMatching(/^concurrent queries +20,000 by 50 callers on 10 connections$/),
    expect.stringMatching(/^ +[\d,]+ queries\/s, half within [\d.]+ ms, 99 % within [\d.]+ ms$/),
    expect.stringMatching(/^large result +50,000 rows x 5 columns in [\d,]+ ms$/),
    expect.stringMatching(/^transaction +sold 4 of 10 apples, committed: 6 left$/),
    expect.stringMatching(/^ +sold 6 more, 0 left inside the transaction, rolled back: 6 left$/),
    expect.stringMatching(/^SQL error +code 22012, division by zero$/),
    // The connection with the temporary table was closed before, the error costs none.
    expect.stringMatching(/^ +(\d+) connections before it, \1 after it$/),
    expect.stringMatching(
      /^shutdown +the running query was answered, then the pool was closed; \d+ ms, 0 connections left$/
    ),
  ])
})

test('the demo says what went wrong when nobody listens, and no secret', () => {
  const { status, stderr } = run('demo.js', { DATABASE_URL: url({ ...server, port: 1, password: 'sesame' }) })
  expect(status).toBe(1)
  expect(stderr).toContain('ECONNREFUSED')
  expect(stderr).toContain('the server of DATABASE_URL')
  expect(stderr).not.toContain('sesame')
})
