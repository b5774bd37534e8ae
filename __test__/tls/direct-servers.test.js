'use strict'

// T-2: direct negotiation with servers that do not know it (before PostgreSQL 17), or not quite. Nobody hangs.

const { createAuthority } = require('../support/certificates')
const { openPool, after, failureOf } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')
const { startFakeServer, messages } = require('../support/fake-server')
const { settles, until } = require('../support/until')
const { parity } = require('../parity/harness')

const authority = createAuthority()
const { cert, key } = authority.issue()
const KINDS = {
  'a socket of ours': { ca: authority.cert },
  'a socket of Node': { ca: authority.cert, checkServerIdentity: () => undefined },
}
const kinds = Object.keys(KINDS)

async function session(peer) {
  await peer.welcome()
  await peer.expect('Q')
  peer.send(messages.answer(['one'], [['1']]))
  await peer.gone()
}

const SERVERS = {
  // The head of a client's hello is no length of a startup packet: such a server closes without a word.
  'a server before 17': async (peer) => {
    await peer.bytes(4)
    peer.end()
  },
  'a pooler that answers with an error': async (peer) => {
    await peer.bytes(5)
    peer.end(messages.errorResponse({ S: 'FATAL', C: '08P01', M: 'bad packet header' }))
  },
  'a server that shakes hands and names no protocol': async (peer) => {
    await peer.secure({ cert, key })
    await session(peer)
  },
  'a server that names the protocol': async (peer) => {
    await peer.secure({ cert, key, ALPNProtocols: ['postgresql'] })
    await session(peer)
  },
  'a server of another protocol': async (peer) => {
    await peer.secure({ cert, key, ALPNProtocols: ['h2', 'http/1.1'] })
    await session(peer)
  },
}
const cases = kinds.flatMap((kind) => Object.keys(SERVERS).map((name) => [kind, name]))

parity.each(cases)(
  ([kind, name]) => `T-2: ${name}, over ${kind}`,
  async ({ pg, outcome, until: wait, defer }, [kind, name]) => {
    const fake = await startFakeServer((peer) => SERVERS[name](peer))
    // A handshake that fails is a failure of the script.
    defer(() => fake.close().catch(() => {}))
    const client = new pg.Client({ ...fake.config, ssl: KINDS[kind], sslnegotiation: 'direct' })
    client.on('error', () => {})
    const { rejected } = await outcome(client.connect())
    const rows = rejected ? undefined : (await client.query('SELECT 1')).rows
    client.connection.stream.destroy()
    await wait(() => fake.open === 0)
    return [codeOf(rejected), rows]
  }
)

// In pg the failed write of the startup message may come first, with OpenSSL's reason in its text (DV-50).
function codeOf(error) {
  const [, reason] = /SSL routines:[^:]*:([^:]*):/.exec(error?.message) ?? []
  if (error?.code === 'EPROTO' && reason) return `ERR_SSL_${reason.toUpperCase().replaceAll(' ', '_')}`
  return error?.code
}

for (const kind of kinds) {
  onlyOxpg(
    `the deadline ends direct negotiation with a server that does not answer, over ${kind}`,
    async () => {
      const fake = await startFakeServer((peer) => peer.gone())
      after(() => fake.close())
      const options = { ssl: KINDS[kind], sslnegotiation: 'direct', connectionTimeoutMillis: 200, max: 1 }
      const pool = openPool({ ...fake.config, ...options })
      const error = await settles('connect()', failureOf(pool.connect()))
      expect(error).toMatchObject({
        message: 'Connection terminated due to connection timeout',
        phase: 'tls',
      })
      expect([pool.totalCount, pool.waitingCount]).toEqual([0, 0])
      await until('the socket is closed', () => fake.open === 0)
    }
  )
}
