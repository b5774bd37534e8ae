'use strict'

// Node 22.19 and 24.5 let an application change what it trusts; older ones have a stand-in here.

const tls = require('node:tls')
const { newClient, openPool, failureOf } = require('../support/connections')
const { createAuthority } = require('../support/certificates')
const { startPostgres } = require('../support/postgres')

const authority = createAuthority()
const { getCACertificates, setDefaultCACertificates } = tls
let server
let before

const standIn = {
  getCACertificates: (name = 'default') => (name === 'default' ? standIn.roots : []),
  setDefaultCACertificates: (roots) => (standIn.roots = [...roots]),
  roots: [...tls.rootCertificates],
}

beforeAll(async () => {
  if (!setDefaultCACertificates) {
    tls.getCACertificates = standIn.getCACertificates
    tls.setDefaultCACertificates = standIn.setDefaultCACertificates
  }
  before = tls.getCACertificates('default')
  server = await startPostgres({ tls: authority.issue() })
})
afterAll(async () => {
  await server.stop()
  tls.setDefaultCACertificates(before)
  Object.assign(tls, { getCACertificates, setDefaultCACertificates })
})
beforeEach(() => tls.setDefaultCACertificates(before))

const UNKNOWN = 'SELF_SIGNED_CERT_IN_CHAIN'
const trust = () => tls.setDefaultCACertificates([...before, authority.cert])

async function connect() {
  const client = newClient({ ...server.config, ssl: true })
  await client.connect()
}

const codeOf = async (promise) => {
  const { code } = await failureOf(promise)
  return code === 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' ? UNKNOWN : code
}

test('a client trusts what is trusted when it connects', async () => {
  expect(await codeOf(connect())).toBe(UNKNOWN)
  trust()
  await connect()
  tls.setDefaultCACertificates(before)
  expect(await codeOf(connect())).toBe(UNKNOWN)
})

test('connect() of a pool trusts what is trusted by then', async () => {
  const pool = openPool({ ...server.config, ssl: true, max: 1 })
  expect(await codeOf(pool.connect())).toBe(UNKNOWN)
  trust()
  const client = await pool.connect()
  client.release(true)
  tls.setDefaultCACertificates(before)
  expect(await codeOf(pool.connect())).toBe(UNKNOWN)
})

test('query() of a pool, which connects by itself, notices with its next connection', async () => {
  const pool = openPool({ ...server.config, ssl: true, max: 1, maxUses: 1 })
  expect(await codeOf(pool.query('SELECT 1'))).toBe(UNKNOWN)
  trust()
  expect(await codeOf(pool.query('SELECT 1'))).toBe(UNKNOWN)
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  tls.setDefaultCACertificates(before)
  await pool.query('SELECT 1')
  expect(await codeOf(pool.query('SELECT 1'))).toBe(UNKNOWN)
})
