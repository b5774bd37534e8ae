'use strict'

// Every way to a session is encrypted in the same way: the server, which takes nothing else over TCP, says so.

const { createAuthority } = require('../support/certificates')
const { startPostgres } = require('../support/postgres')
const { parity } = require('../parity/harness')

const authority = createAuthority()
const ca = authority.cert
const KINDS = {
  'a socket of ours': { ca },
  'a socket of Node': { ca, checkServerIdentity: () => undefined },
}
const SSL = 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()'
let server

beforeAll(async () => {
  const hba = ['local all all trust', 'hostssl all all all scram-sha-256']
  server = await startPostgres({ tls: authority.issue(), hba })
})
afterAll(() => server.stop())

const PATHS = {
  'a client': async ({ connect }, config) => (await (await connect(config)).query(SSL)).rows,
  'a client with parameters and a name': async ({ connect }, config) => {
    const client = await connect(config)
    const query = { name: 'ssl', text: `${SSL} AND $1`, values: [true] }
    return [(await client.query(query)).rows, (await client.query(query)).rows]
  },
  'a client in pipeline mode': async ({ connect }, config) => {
    const client = await connect({ ...config, pipeline: true })
    return (await Promise.all([1, 2, 3].map(() => client.query(SSL)))).map(({ rows }) => rows)
  },
  'pool.query': async ({ newPool }, config) => {
    const pool = newPool({ ...config, max: 2 })
    const results = await Promise.all([1, 2, 3, 4].map(() => pool.query(SSL)))
    return [results.map(({ rows }) => rows), pool.totalCount]
  },
  'pool.query that is watched': async ({ newPool }, config) => {
    const pool = newPool(config)
    pool.on('acquire', () => {})
    return (await pool.query(SSL)).rows
  },
  'pool.connect': async ({ newPool }, config) => {
    const client = await newPool(config).connect()
    const { rows } = await client.query(SSL)
    client.release()
    return rows
  },
  'a query with a callback': async ({ connect, log }, config) => {
    const client = await connect(config)
    const callback = log.callback('answer')
    client.query(SSL, callback)
    await callback.called
  },
  notifications: async ({ connect, eventOf }, config) => {
    const [listener, speaker] = [await connect(config), await connect(config)]
    await listener.query('LISTEN news')
    const heard = eventOf(listener, 'notification')
    await speaker.query("NOTIFY news, 'ü'")
    const [{ channel, payload }] = await heard
    return [channel, payload]
  },
  notices: async ({ connect, eventOf }, config) => {
    const client = await connect(config)
    const heard = eventOf(client, 'notice')
    await client.query("DO $$ BEGIN RAISE NOTICE 'over TLS'; END $$")
    return (await heard)[0].message
  },
  errors: async ({ connect, outcome }, config) => {
    const client = await connect(config)
    return [await outcome(client.query('SELEC')), (await client.query(SSL)).rows]
  },
}
const cases = Object.keys(KINDS).flatMap((kind) => Object.keys(PATHS).map((name) => [kind, name]))

parity.each(cases)(
  ([kind, name]) => `T-1: ${name}, over ${kind}`,
  (context, [kind, name]) => PATHS[name](context, { ...server.config, ssl: KINDS[kind] })
)

parity.each(Object.keys(KINDS))(
  (kind) => `L-1: an idle client that the server ends hears why, over ${kind}`,
  async ({ newPool, log, until }, kind) => {
    const pool = newPool({ ...server.config, ssl: KINDS[kind] })
    pool.on('error', (error) => log('error', error.code))
    const client = await pool.connect()
    const over = new Promise((resolve) => client.once('end', resolve))
    client.release()
    await server.query('SELECT pg_terminate_backend($1)', [client.processID])
    await over
    await until(() => pool.totalCount === 0)
    log('rows', (await pool.query(SSL)).rows)
  }
)
