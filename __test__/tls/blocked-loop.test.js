'use strict'

// Handshakes and SCRAM are not the event loop's work: while JavaScript is blocked, sessions are opened all the same. The
// server counts them; that its pg beside it has none at that moment shows that the thread is really blocked.

const { spawn } = require('node:child_process')
const path = require('node:path')
const { after, uniqueName } = require('../support/connections')
const { createAuthority } = require('../support/certificates')
const { startPostgres } = require('../support/postgres')
const { until } = require('../support/until')

const authority = createAuthority()
let server
beforeAll(async () => {
  const hba = ['local all all trust', 'hostssl all all all scram-sha-256']
  server = await startPostgres({ tls: authority.issue(), hba, settings: { max_connections: 100 } })
})
afterAll(() => server.stop())

/** A process that opens sessions and blocks. `release()` lets it go on, a second time lets it end. */
async function blockedProcess(driver, way, turn) {
  const name = uniqueName()
  const config = JSON.stringify({ ...server.config, application_name: name, ssl: { ca: authority.cert } })
  const program = path.join(__dirname, 'programs/blocked-loop.js')
  const child = spawn(process.execPath, [program, driver, way, turn, config], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  const closed = new Promise((resolve) => child.once('close', resolve))
  after(() => {
    child.kill('SIGKILL')
    return closed
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text) => (said += text))
  const heard = (word) => until(`${driver} has ${word}`, () => said.includes(word))
  await heard('blocked')
  return { heard, closed, release: () => child.stdin.write('x'), count: () => countSessions(name) }
}

// Those that have logged in over TLS: they are idle.
async function countSessions(name) {
  const { rows } = await server.query(
    `SELECT count(*)::int AS n FROM pg_stat_activity JOIN pg_stat_ssl USING (pid)
     WHERE application_name = $1 AND state = 'idle' AND ssl`,
    [name]
  )
  return rows[0].n
}

test.each([
  ['pool.query()', 'query', 'next'],
  ['pool.connect()', 'checkout', 'next'],
  ['client.connect()', 'client', 'next'],
  ['pool.connect(), blocked in the same turn', 'checkout', 'same'],
  ['client.connect(), blocked in the same turn', 'client', 'same'],
])('twenty sessions of %s log in while JavaScript is blocked', async (what, way, turn) => {
  const theirs = await blockedProcess('pg', way, turn)
  const ours = await blockedProcess('oxpg', way, turn)
  await until('all have logged in', async () => (await ours.count()) === 20)
  expect(await theirs.count()).toBe(0)
  for (const side of [theirs, ours]) {
    side.release()
    await side.heard('connected')
    expect(await side.count()).toBe(20)
    side.release()
    expect(await side.closed).toBe(0)
  }
})
