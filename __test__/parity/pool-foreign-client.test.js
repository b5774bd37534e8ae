'use strict'

// Catalogue PO-8: pools of clients that are not the driver's own class. Each side runs with the Client of pg, which is
// foreign to oxpg, and with a class that only has pg's surface.

const { EventEmitter } = require('node:events')
const pgClient = require('pg').Client
const { parity } = require('./harness')
const { terminate } = require('./terminate')

const EVENTS = ['connect', 'acquire', 'release', 'remove', 'error']
const counts = (pool) => [pool.totalCount, pool.idleCount, pool.waitingCount, pool.expiredCount]

/** Answers every query with its text. */
class EchoClient extends EventEmitter {
  constructor(options) {
    super()
    this.options = options
    this._queryable = true
    this.connection = { stream: { destroy() {} } }
  }

  connect(callback) {
    setImmediate(() => (this.options.fails ? callback(new Error('no echo')) : callback(null, this)))
  }

  query(text, values, callback) {
    setImmediate(() => {
      if (text === 'fail') callback(new Error('as asked'))
      else callback(null, { rows: [{ text, values }] })
    })
  }

  end(callback) {
    setImmediate(callback)
  }

  ref() {}

  unref() {}
}

const CLASSES = [
  ['the Client of pg', pgClient],
  ['a class with the same surface', EchoClient],
]
const each = parity.each(CLASSES)

each(
  ([what]) => `PO-8: ${what}: checkouts, queries and events`,
  async ({ newPool, log, outcome }, [, Client]) => {
    const pool = log.events(newPool({ Client, max: 1 }), EVENTS)
    log('class', pool.Client === Client, pool instanceof require('pg-pool'))
    log('answer', (await pool.query('select 1 as n')).rows)
    const client = await pool.connect()
    log('client', client instanceof Client, ...counts(pool))
    const waiting = pool.query('select 2 as n')
    log('waiting', ...counts(pool), pool._pendingQueue.length, pool._clients.length)
    client.release()
    log('answer', (await waiting).rows)
    log('twice', await outcome(async () => client.release()))
    log(
      'callback',
      await new Promise((resolve) => pool.connect((...args) => resolve(args.length, args[2]())))
    )
    log('idle', ...counts(pool))
    await pool.end()
    log('ended', ...counts(pool), pool.ended)
    log('after', await outcome(pool.connect()), await outcome(pool.end()))
  }
)

each(
  ([what]) => `PO-8: ${what}: a subclass of the pool whose methods call super`,
  async ({ pg, log, config, defer }, [, Client]) => {
    class LoggedPool extends pg.Pool {
      connect(...args) {
        log('connect', args.length)
        return super.connect(...args)
      }
      query(...args) {
        log('query', args.length)
        return super.query(...args)
      }
    }
    const pool = new LoggedPool({ ...config, Client, max: 1 })
    defer(() => pool.end())
    log('answer', (await pool.query('select 1 as n')).rows)
    ;(await pool.connect()).release()
  }
)

each(
  ([what]) => `PO-8: ${what}: an idle client that times out, one that is used up`,
  async ({ newPool, log, eventOf }, [, Client]) => {
    const idle = newPool({ Client, idleTimeoutMillis: 20 })
    const removed = eventOf(idle, 'remove')
    await idle.query('select 1')
    await removed
    log('idle', ...counts(idle))
    const used = newPool({ Client, maxUses: 1 })
    const gone = eventOf(used, 'remove')
    await used.query('select 1')
    await gone
    log('used', ...counts(used))
  }
)

each(
  ([what]) => `PO-8: ${what}: onConnect and verify`,
  async ({ newPool, log, outcome }, [, Client]) => {
    const onConnect = async (client) => log('onConnect', client instanceof Client)
    const verify = (client, done) => done(client.bad ? new Error('bad') : undefined)
    const pool = newPool({ Client, onConnect, verify, max: 1 })
    log('answer', (await pool.query('select 1 as n')).rows)
    const failing = newPool({ Client, onConnect: () => Promise.reject(new Error('hook')) })
    log('refused', await outcome(failing.connect()), ...counts(failing))
  }
)

parity('PO-8: a client of a foreign class that cannot connect', async ({ newPool, outcome }) => {
  const pool = newPool({ Client: EchoClient, fails: true, max: 1 })
  return [await outcome(pool.connect()), await outcome(pool.query('select 1')), counts(pool)]
})

parity('PO-8: a query that fails costs a foreign client its place', async ({ newPool, outcome, until }) => {
  const pool = newPool({ Client: EchoClient, max: 1 })
  let removed = 0
  pool.on('remove', () => removed++)
  const failed = await outcome(pool.query('fail'))
  await until(() => removed === 1)
  return [failed, counts(pool)]
})

parity('PO-8: a lost idle client of a foreign class', async ({ newPool, log, eventOf }) => {
  const pool = newPool({ Client: pgClient, max: 1 })
  pool.on('error', (error) => log('error', error.code))
  const client = await pool.connect()
  client.release()
  const removed = eventOf(pool, 'remove')
  await terminate(client)
  await removed
  log('counts', ...counts(pool))
})

parity('PO-8: a subclass of the own Client', async ({ pg, newPool, log }) => {
  class Named extends pg.Client {
    constructor(options) {
      super({ ...options, password: options.password, application_name: 'a subclass' })
    }
  }
  const pool = newPool({ Client: Named, max: 1 })
  const client = await pool.connect()
  log('class', client instanceof Named, (await client.query('show application_name')).rows)
  client.release()
  log('answer', (await pool.query('show application_name')).rows)
})

parity('PO-8: a function that makes clients', async ({ pg, newPool, log }) => {
  function Factory(options) {
    return new pg.Client({ ...options, password: options.password, application_name: 'from a factory' })
  }
  const pool = newPool({ Client: Factory, max: 1 })
  log('answer', (await pool.query('show application_name')).rows)
  await pool.end()
})
