'use strict'

// PostgreSQL itself lets no TLS session resume; the poolers in front of it do.

const crypto = require('node:crypto')
const { after, newClient, openPool, failureOf } = require('../support/connections')
const { createAuthority } = require('../support/certificates')
const { sharedServer } = require('../support/server')
const { until } = require('../support/until')
const { startTlsProxy } = require('../support/tls-proxy')

const authority = createAuthority()
const names = ['localhost', '127.0.0.1']

async function startProxy(options, odd) {
  const { cert, key } = authority.issue({ hosts: names, ...odd })
  const proxy = await startTlsProxy(sharedServer().config, { cert, key, ...options })
  after(() => proxy.close())
  return proxy
}

// Each test has an authority's text of its own in `ca`, so that it begins without the sessions of another test.
const freshCa = () => `${crypto.randomUUID()}\n${authority.cert}`

const configOf = ({ host, port }, ssl, options) => ({ ...sharedServer().config, host, port, ssl, ...options })

async function query(proxy, ssl, options) {
  const client = newClient(configOf(proxy, ssl, options))
  await client.connect()
  await client.query('SELECT 1')
  await client.end()
}

const resumed = (proxy) => proxy.handshakes.map((handshake) => handshake.resumed)

test.each(['TLSv1.2', 'TLSv1.3'])(
  'clients with equal options resume each other, over %s',
  async (version) => {
    const proxy = await startProxy({ minVersion: version, maxVersion: version })
    const ca = freshCa()
    for (let i = 0; i < 3; i++) await query(proxy, { ca })
    expect(resumed(proxy)).toEqual([false, true, true])
    expect(proxy.handshakes.map(({ protocol }) => protocol)).toEqual([version, version, version])
  }
)

test('the connections of a pool resume, one after the other and many at once', async () => {
  const proxy = await startProxy()
  const ssl = { ca: freshCa() }
  const pool = openPool(configOf(proxy, ssl, { max: 4, maxUses: 1 }))
  // Over TLS 1.3 Node's server gives two tickets with each full handshake, and each of them is good for one connection.
  for (let i = 0; i < 4; i++) await pool.query('SELECT 1')
  expect(resumed(proxy)).toEqual([false, true, true, false])
  await Promise.all([1, 2, 3, 4].map(() => pool.query('SELECT pg_sleep(0.05)')))
  expect(resumed(proxy).slice(4).filter(Boolean)).toHaveLength(2)
})

test('a cancel request resumes the session of what it cancels', async () => {
  const proxy = await startProxy()
  const client = newClient(configOf(proxy, { ca: freshCa() }, { query_timeout: 200 }))
  await client.connect()
  await failureOf(client.query('SELECT pg_sleep(60)'))
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  const [first, ...cancels] = resumed(proxy)
  expect(first).toBe(false)
  expect(cancels[0]).toBe(true)
})

test('a session is not taken up under another name', async () => {
  const proxy = await startProxy()
  const ca = freshCa()
  await query(proxy, { ca }, { host: 'localhost' })
  await query(proxy, { ca }, { host: '127.0.0.1' })
  await query(proxy, { ca, servername: 'localhost' }, { host: '127.0.0.1' })
  expect(proxy.handshakes.map(({ resumed, servername }) => [resumed, servername])).toEqual([
    [false, 'localhost'],
    [false, undefined],
    [true, 'localhost'],
  ])
})

test('a session whose server nobody vouched for does not vouch for it later', async () => {
  const proxy = await startProxy()
  const stranger = `${crypto.randomUUID()}\n${createAuthority({ name: 'stranger' }).cert}`
  await query(proxy, { ca: stranger, rejectUnauthorized: false })
  const error = await failureOf(query(proxy, { ca: stranger }))
  expect(error.code).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE')
  await query(proxy, { ca: freshCa() })
  await query(proxy, { ca: stranger, rejectUnauthorized: false })
  expect(resumed(proxy)).toEqual([false, false, true])
})

test('a session of one client certificate is not taken up by another, nor by none', async () => {
  const proxy = await startProxy({ ca: [authority.cert], requestCert: true, rejectUnauthorized: false })
  const ca = freshCa()
  const identity = (name) => {
    const { cert, key } = authority.issue({ name, hosts: [name] })
    return { ca, cert, key }
  }
  const [ann, bob] = [identity('ann'), identity('bob')]
  for (const ssl of [ann, bob, { ca }, ann, bob, { ca }]) await query(proxy, ssl)
  expect(proxy.handshakes.map(({ resumed, client }) => [resumed, client])).toEqual([
    [false, 'ann'],
    [false, 'bob'],
    [false, undefined],
    [true, 'ann'],
    [true, 'bob'],
    [true, undefined],
  ])
})

test('other versions, other terms: no session is shared', async () => {
  const proxy = await startProxy()
  const ca = freshCa()
  await query(proxy, { ca })
  await query(proxy, { ca, maxVersion: 'TLSv1.2' })
  await query(proxy, { ca, minVersion: 'TLSv1.3' })
  expect(resumed(proxy)).toEqual([false, false, false])
})

test('channel binding wants the certificate that the server has now: no session is taken up', async () => {
  const proxy = await startProxy()
  const ca = freshCa()
  await query(proxy, { ca })
  for (let i = 0; i < 2; i++) await query(proxy, { ca }, { enableChannelBinding: true })
  expect(resumed(proxy)).toEqual([false, false, false])
})

test.each(['TLSv1.2', 'TLSv1.3'])(
  'a session does not outlive the certificate that it was made with, over %s',
  async (version) => {
    // A certificate counts in whole seconds, its last one included.
    const end = Math.ceil(Date.now() / 1000) * 1000 + 2000
    const proxy = await startProxy({ minVersion: version, maxVersion: version }, { until: end })
    const ca = freshCa()
    for (let i = 0; i < 2; i++) await query(proxy, { ca })
    expect(resumed(proxy)).toEqual([false, true])
    await until('the certificate has expired', () => Date.now() >= end + 1000)
    const error = await failureOf(query(proxy, { ca }))
    expect(error.code).toBe('CERT_HAS_EXPIRED')
  }
)
