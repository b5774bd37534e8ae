'use strict'

// A cancel request carries the session's secret key, and goes over TLS of the session's kind or not at all. Somebody in
// between lets the session through and answers the cancel connections.

const { createAuthority, selfSigned } = require('../support/certificates')
const { newClient, openClient, openPool, after, failureOf, uniqueName } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')
const { startFakeServer, messages } = require('../support/fake-server')
const { startPostgres } = require('../support/postgres')
const { settles, until } = require('../support/until')

const authority = createAuthority()
const ca = authority.cert
const KINDS = {
  'a socket of ours': { ca },
  'a socket of Node': { ca, checkServerIdentity: () => undefined },
}
const impostor = selfSigned()
let server

beforeAll(async () => {
  const tls = authority.issue({ type: 'rsa' })
  server = await startPostgres({ tls, hba: ['local all all trust', 'hostssl all all all scram-sha-256'] })
})
afterAll(() => server.stop())

const say = (text) => (peer) => peer.send(Buffer.from(text))
const ANSWERS = {
  N: say('N'),
  'S and plain text (CVE-2021-23222)': (peer) =>
    peer.send(Buffer.concat([Buffer.from('S'), messages.welcome()])),
  'an error': (peer) => peer.send(messages.errorResponse({ S: 'FATAL', C: '0A000', M: 'no TLS here' })),
  'an unknown letter': say('?'),
  'the end of the connection': (peer) => peer.end(),
  'a certificate of nobody': async (peer) => {
    say('S')(peer)
    await peer.secure({ cert: impostor.cert, key: impostor.key })
  },
}
const cases = Object.keys(KINDS).flatMap((kind) => Object.keys(ANSWERS).map((name) => [kind, name]))

async function connectThrough(script, kind) {
  const fake = await startFakeServer((peer, index) => (index === 0 ? peer.forward(server) : script(peer)))
  after(() => fake.close().catch(() => {})) // a handshake that the client refuses is a failure of the script
  const client = newClient({ ...server.config, host: fake.host, port: fake.port, ssl: KINDS[kind] })
  await client.connect()
  return { client, fake }
}

for (const [kind, name] of cases) {
  onlyOxpg(`the key stays secret when a cancel request is answered with ${name}, over ${kind}`, async () => {
    const said = []
    const { client, fake } = await connectThrough(async (peer) => {
      await peer.sslRequest()
      const rest = peer.rest()
      try {
        await ANSWERS[name](peer)
      } finally {
        said.push((await rest).toString('hex'))
      }
    }, kind)
    const { processID, secretKey } = client
    const query = client.query({ text: 'SELECT pg_sleep(60)', query_timeout: 50 })
    const error = await settles('the query', failureOf(query))
    expect(error.message).toBe('Query read timeout')
    await until('the cancel connection is over', () => said.length > 0 && fake.open === 1)
    const secret = Buffer.alloc(4)
    secret.writeInt32BE(secretKey)
    for (const bytes of said) expect(bytes).not.toContain(secret.toString('hex'))
    // Nobody has told the server to stop; the session is whole, and serves on when the server is done.
    await server.query('SELECT pg_cancel_backend($1)', [processID])
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  })
}

const STYLES = { postgres: '04d2162f', direct: '160301' } // SSLRequest's code; the head of a client's hello
const WAYS = {
  'query_timeout of a client': async (config) => {
    const client = await openClient(config)
    const error = await failureOf(client.query({ text: 'SELECT pg_sleep(60)', query_timeout: 50 }))
    expect(error.message).toBe('Query read timeout')
    return client
  },
  'a signal of pool.query': async (config, isRunning) => {
    const pool = openPool({ ...config, max: 1 })
    const abort = new AbortController()
    const failure = failureOf(pool.query({ text: 'SELECT pg_sleep(60)', signal: abort.signal }))
    await until('the query runs', isRunning)
    abort.abort()
    expect((await failure).name).toBe('AbortError')
    return pool
  },
  'a signal of a borrowed client': async (config, isRunning) => {
    const pool = openPool({ ...config, max: 1 })
    const client = await pool.connect()
    const abort = new AbortController()
    const failure = failureOf(client.query({ text: 'SELECT pg_sleep(60)', signal: abort.signal }))
    await until('the query runs', isRunning)
    abort.abort()
    expect((await failure).name).toBe('AbortError')
    client.release()
    return pool
  },
}
const ways = Object.keys(KINDS).flatMap((kind) =>
  Object.keys(STYLES).flatMap((style) => Object.keys(WAYS).map((way) => [kind, style, way]))
)

for (const [kind, style, way] of ways) {
  onlyOxpg(
    `${way} cancels on the server, by a connection that begins with TLS: ${kind} (${style})`,
    async () => {
      const begins = []
      const fake = await startFakeServer(async (peer) => {
        const first = await peer.bytes(8)
        begins.push(first.toString('hex'))
        return peer.forward(server, { first })
      })
      after(() => fake.close())
      const address = { host: fake.host, port: fake.port, application_name: uniqueName() }
      const config = { ...server.config, ...address, ssl: KINDS[kind], sslnegotiation: style }
      const running = "SELECT 1 FROM pg_stat_activity WHERE application_name = $1 AND state = 'active'"
      const isRunning = async () => (await server.query(running, [config.application_name])).rowCount > 0
      const session = await WAYS[way](config, isRunning)
      // The next query waits for the end of the first, which sleeps for a minute unless it is told not to.
      expect((await session.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
      expect(await isRunning()).toBe(false)
      expect(begins.length).toBeGreaterThan(1)
      for (const begin of begins) expect(begin).toContain(STYLES[style])
    }
  )
}
