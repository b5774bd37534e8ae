'use strict'

const { openPool, failureOf } = require('../support/connections')
const { createAuthority } = require('../support/certificates')
const { startPostgres } = require('../support/postgres')

const authority = createAuthority()
const KINDS = { 'a socket of ours': {}, 'a socket of Node': { checkServerIdentity: () => undefined } }
let server

beforeAll(async () => {
  server = await startPostgres({ tls: authority.issue({ type: 'rsa' }) })
})
afterAll(() => server.stop())

test.each(Object.keys(KINDS))(
  'a pool that trusts nobody leaks no slot, however often it is asked: %s',
  async (kind) => {
    const pool = openPool({ ...server.config, max: 2, ssl: { ...KINDS[kind] } })
    const ask = (_, i) => failureOf(i % 2 ? pool.connect() : pool.query('SELECT 1'))
    const failures = await Promise.all(Array.from({ length: 20 }, ask))
    expect(new Set(failures.map(({ code }) => code)).size).toBe(1)
    expect([pool.totalCount, pool.idleCount, pool.waitingCount]).toEqual([0, 0, 0])
  }
)
