'use strict'

// MR, the register of messages (section 8), to the letter: each is produced in both drivers, is the text that is
// written here, and leaves behind a client or a pool that is as usable as in pg. SASL texts: scram-messages.test.js;
// stray messages: stray-messages.test.js; the log of a pool: pool-log.test.js; warnings: warnings.test.js.

const { parity } = require('./harness')
const { startFakeServer, messages } = require('../support/fake-server')
const { terminate } = require('./terminate')

// Nobody may pass by saying the same wrong thing on both sides.
function mustSay(text, outcome) {
  const error = outcome.threw ?? outcome.rejected
  if (error?.message !== text) throw new Error(`"${error?.message}" instead of "${text}"`)
  return outcome
}

const circular = { toPostgres: () => circular }

const onClient = [
  ['Client was passed a null or undefined query', (client) => client.query(null)],
  ['callback is not a function', (client) => client.query('select 1', [], 'none')],
  ['Client has already been connected. You cannot reuse a client.', (client) => client.connect()],
  ['Query read timeout', (client) => client.query({ text: 'select pg_sleep(0.3)', query_timeout: 15 })],
  [
    'A query must have either text or a name. Supplying neither is unsupported.',
    (client) => client.query({ values: [1] }),
  ],
  [
    "Prepared statements must be unique - 'N' was used for a different statement",
    async (client) => {
      await client.query({ name: 'N', text: 'select 1' })
      await client.query({ name: 'N', text: 'select 2' })
    },
  ],
  ['Query values must be an array', (client) => client.query('select $1', 'text')],
  [
    'circular reference detected while preparing "[object Object]" for query',
    (client) => client.query('select $1', [circular]),
  ],
  [
    'COPY from stdin failed: No source stream defined',
    (client) => client.query('create temp table c(a int); copy c from stdin'),
  ],
  [
    'array dimension not balanced',
    (client, { pg }) => {
      const types = { getTypeParser: () => pg.types.getTypeParser(1007) }
      return client.query({ text: "select '{1,{2}'::text as a", types })
    },
  ],
]

parity.each(onClient)(
  ([text]) => `MR: "${text}" of a client, which goes on`,
  async (context, [text, work]) => {
    const client = await context.connect()
    return [
      mustSay(text, await context.outcome(() => work(client, context))),
      (await client.query('select 1 as n')).rows,
      (await client.query('select $1::int as n', [2])).rows,
    ]
  }
)

parity.each([
  ['The `rows` option is not supported in pipeline mode', () => ({ text: 'select 1', rows: 5 })],
  [
    'Custom query classes such as pg-cursor and pg-query-stream are not supported in pipeline mode',
    (resolve) => ({ submit() {}, handleError: resolve }),
  ],
])(
  ([text]) => `MR: "${text}", and the pipeline goes on`,
  async ({ connect, outcome }, [text, make]) => {
    const client = await connect({ pipeline: true })
    const refused = new Promise((resolve, reject) => {
      const answer = client.query(make(reject))
      answer.then?.(resolve, reject)
    })
    return [mustSay(text, await outcome(refused)), (await client.query('select 1 as n')).rows]
  }
)

parity.each([
  [
    'Client was closed and is not queryable',
    async ({ connect }) => {
      const client = await connect()
      await client.end()
      return client.query('select 1')
    },
  ],
  [
    'Connection terminated',
    async ({ connect }) => {
      const client = await connect()
      const answer = client.query('select pg_sleep(5)')
      client.end()
      return answer
    },
  ],
  [
    'Client has encountered a connection error and is not queryable',
    async ({ connect, eventOf }) => {
      const client = await connect()
      client.on('error', () => {})
      const ended = eventOf(client, 'end')
      await terminate(client)
      await ended
      return client.query('select 1')
    },
  ],
  [
    'Connection terminated unexpectedly',
    async ({ newClient, defer }) => {
      const server = await startFakeServer(async (peer) => (await peer.startup(), peer.end()))
      defer(() => server.close())
      return newClient({ host: server.host, port: server.port }).connect()
    },
  ],
  [
    'timeout expired',
    async ({ newClient, defer }) => {
      const server = await startFakeServer((peer) => peer.gone())
      defer(() => server.close())
      return newClient({ host: server.host, port: server.port, connectionTimeoutMillis: 40 }).connect()
    },
  ],
  ['The server does not support SSL connections', ({ newClient }) => newClient({ ssl: true }).connect()],
  [
    'There was an error establishing an SSL connection',
    async ({ newClient, defer }) => {
      const server = await startFakeServer(async (peer) => {
        await peer.sslRequest()
        peer.send(Buffer.from('E'))
      })
      defer(() => server.close())
      return newClient({ host: server.host, port: server.port, ssl: true }).connect()
    },
  ],
  [
    'Invalid sslnegotiation value: "X". Valid values are "postgres" and "direct".',
    ({ newClient }) => newClient({ sslnegotiation: 'X' }),
  ],
  [
    'sslnegotiation=direct requires SSL to be enabled',
    ({ newClient }) => newClient({ sslnegotiation: 'direct' }),
  ],
  ['Password must be a string', ({ newClient }) => newClient({ password: () => 5 }).connect()],
  [
    'Both useLibpqCompat and uselibpqcompat are set. Please use only one of them.',
    () =>
      require('pg-connection-string').parse('postgres://h/d?uselibpqcompat=true', { useLibpqCompat: true }),
  ],
  ['Invalid port: x', () => require('pg-connection-string').toClientConfig({ port: 'x' })],
  [
    'SECURITY WARNING: Using sslmode=verify-ca requires specifying a CA with sslrootcert. If a public CA is used, verify-ca allows connections to a server that somebody else may have registered with the CA, making you vulnerable to Man-in-the-Middle attacks. Either specify a custom CA certificate with sslrootcert parameter or use sslmode=verify-full for proper security.',
    ({ pg }) => new pg.Client('postgres://h/d?sslmode=verify-ca&uselibpqcompat=true'),
  ],
])(
  ([text]) => `MR: "${text.slice(0, 90)}"`,
  async (context, [text, work]) => {
    const outcome = mustSay(text, await context.outcome(() => work(context)))
    // Whatever went wrong with that one, the next client is none the wiser.
    return [outcome, (await (await context.connect()).query('select 1 as n')).rows]
  }
)

const onPool = [
  [
    'Release called on client which has already been released to the pool.',
    async (pool) => {
      const client = await pool.connect()
      client.release()
      client.release()
    },
  ],
  ['Passing a function as the first parameter to pool.query is not supported', (pool) => new Promise((resolve, reject) => pool.query((error) => reject(error)))], // prettier-ignore
  [
    'timeout exceeded when trying to connect',
    async (pool) => {
      const client = await pool.connect()
      try {
        await pool.connect()
      } finally {
        client.release()
      }
    },
  ],
  ['Query values must be an array', (pool) => pool.query('select $1', 'text')],
  ['Query read timeout', (pool) => pool.query({ text: 'select pg_sleep(0.3)', query_timeout: 15 })],
]

parity.each(onPool)(
  ([text]) => `MR: "${text}" of a pool, which goes on`,
  async ({ newPool, outcome }, [text, work]) => {
    const pool = newPool({ max: 1, connectionTimeoutMillis: 500 })
    // The limit is for the caller that waits for a client, not for making one on a busy machine.
    const first = await outcome(async () => pool.query('select 0 as n'))
    return [
      first.resolved?.rows,
      mustSay(text, await outcome(() => work(pool))),
      (await pool.query('select 1 as n')).rows,
      (await pool.query('select $1::int as n', [2])).rows,
    ]
  }
)

parity.each([
  ['Cannot use a pool after calling end on the pool', (pool) => pool.query('select 1')],
  ['Cannot use a pool after calling end on the pool', (pool) => pool.connect()],
  ['Called end on pool more than once', (pool) => pool.end()],
])(
  ([text, work]) => `MR: "${text}" of a pool that has ended (${work.toString().slice(10)})`,
  async ({ newPool, outcome }, [text, work]) => {
    const pool = newPool()
    await pool.end()
    return mustSay(text, await outcome(() => work(pool)))
  }
)

parity(
  'MR: "Connection terminated due to connection timeout", with its cause',
  async ({ newPool, outcome, defer }) => {
    const server = await startFakeServer((peer) => peer.gone())
    defer(() => server.close())
    const pool = newPool({ host: server.host, port: server.port, connectionTimeoutMillis: 40 })
    const text = 'Connection terminated due to connection timeout'
    return mustSay(text, await outcome(() => pool.connect()))
  }
)

// The length of pg's error here is that of a message that nobody has read (N-10).
parity('MR: "received invalid response: 1"', async ({ newClient, outcome, defer }) => {
  const server = await startFakeServer(async (peer) => {
    await peer.startup()
    peer.send(messages.frame('\x01', Buffer.alloc(4)))
  })
  defer(() => server.close())
  const client = newClient({ host: server.host, port: server.port })
  const failed = await outcome(client.connect())
  defer(() => client.connection?.stream?.destroy())
  return [mustSay('received invalid response: 1', failed).rejected.constructor.name]
})
