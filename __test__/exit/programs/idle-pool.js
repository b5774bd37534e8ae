'use strict'

// A process that uses a pool and then has nothing left to do. It says `done`; whether it exits is up to the driver.
const { subject } = require('../../support/drivers')
const { sharedServer } = require('../../support/server')

const WAYS = {
  async allowExitOnIdle() {
    const pool = new subject.Pool({ ...sharedServer().config, allowExitOnIdle: true, idleTimeoutMillis: 0 })
    await Promise.all([1, 2, 3].map((n) => pool.query('SELECT $1::int4', [n])))
    const client = await pool.connect()
    await client.query('SELECT 1')
    client.release()
  },
  // A query in flight holds the process, a pool at rest does not.
  async 'allowExitOnIdle busy'() {
    const pool = new subject.Pool({ ...sharedServer().config, allowExitOnIdle: true, idleTimeoutMillis: 0 })
    await pool.query('SELECT 1')
    pool.query('SELECT pg_sleep(0.3)').then(() => console.log('answered'))
  },
  // A client that its user had let go must hold the process for its next borrower.
  async 'allowExitOnIdle after unref'() {
    const pool = new subject.Pool({ ...sharedServer().config, allowExitOnIdle: true, idleTimeoutMillis: 0 })
    const first = await pool.connect()
    first.unref()
    first.release()
    const clients = [await pool.connect(), await pool.connect()]
    clients.forEach((client) => client.release())
    await pool.query('SELECT pg_sleep(0.1)')
  },
  // unref() of a client that idles changes nothing, and takes nothing from the client that is busy.
  async 'allowExitOnIdle and unref while idle'() {
    const pool = new subject.Pool({ ...sharedServer().config, allowExitOnIdle: true, idleTimeoutMillis: 0 })
    const [first, second] = [await pool.connect(), await pool.connect()]
    first.release()
    first.unref()
    second.query('SELECT pg_sleep(0.3)').then(() => {
      console.log('answered')
      second.release()
    })
  },
  // The next checkout takes an unref() back, also that of pool.query().
  async 'pool.end after unref'() {
    const pool = new subject.Pool({ ...sharedServer().config, max: 1, idleTimeoutMillis: 0 })
    const client = await pool.connect()
    client.unref()
    client.release()
    pool.query('SELECT pg_sleep(0.3)').then(() => {
      console.log('answered')
      return pool.end()
    })
  },
  async 'pool.end'() {
    const pool = new subject.Pool({ ...sharedServer().config, idleTimeoutMillis: 0, maxLifetimeSeconds: 600 })
    await Promise.all([1, 2, 3].map((n) => pool.query('SELECT $1::int4', [n])))
    await pool.end()
  },
  async 'pool.end unused'() {
    await new subject.Pool(sharedServer().config).end()
  },
  async 'client.end'() {
    const client = new subject.Client({ ...sharedServer().config, query_timeout: 600_000 })
    await client.connect()
    await client.query('SELECT 1')
    await client.end()
  },
  async 'client.unref'() {
    const client = new subject.Client(sharedServer().config)
    await client.connect()
    await client.query('SELECT 1')
    client.unref()
  },
  async 'failed connect'() {
    const pool = new subject.Pool({
      ...sharedServer().config,
      password: 'wrong',
      connectionTimeoutMillis: 600_000,
    })
    await pool.query('SELECT 1').catch((error) => console.log(error.code))
  },
  async 'idle timeout'() {
    const pool = new subject.Pool({ ...sharedServer().config, idleTimeoutMillis: 50 })
    await pool.query('SELECT 1')
  },
  async 'loaded only'() {
    subject.Pool.name
  },
  async 'never connected'() {
    new subject.Pool(sharedServer().config)
    new subject.Client(sharedServer().config)
  },
}

WAYS[process.argv[2]]().then(() => console.log('done'))
