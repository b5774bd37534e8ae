'use strict'

// Traces pg-pool as OpenTelemetry does, before or after the driver under test was loaded, or in the middle of its work,
// and prints what the tracer has seen.
const when = process.argv[2]
const spans = []
const LISTENING = Symbol('listening')
const original = require('pg-pool').prototype.connect

function traced(connect) {
  return function tracedConnect(callback) {
    const span = { pool: this.constructor.name, options: this.options.max, events: [] }
    spans.push(span)
    if (!this[LISTENING]) {
      this[LISTENING] = true
      for (const event of ['connect', 'acquire', 'remove', 'release']) {
        this.on(event, () => {
          span.events.push([event, this.totalCount, this.waitingCount])
        })
      }
    }
    if (typeof callback === 'function') {
      return connect.call(this, function tracedCallback(error, client, done) {
        span.ended = error ? error.message : 'served'
        return callback.call(this, error, client, done)
      })
    }
    const result = connect.call(this)
    return result.then(
      (client) => {
        span.ended = 'served'
        return client
      },
      (error) => {
        span.ended = error.message
        throw error
      }
    )
  }
}

const patch = () => (require('pg-pool').prototype.connect = traced(original))
const restore = () => (require('pg-pool').prototype.connect = original)
const say = (...words) => console.log(JSON.stringify(words))

if (when === 'before it was loaded') patch()
const { subject } = require('../../support/drivers')
const { sharedServer } = require('../../support/server')
const { until } = require('../../support/until')

async function main() {
  const { Pool } = subject
  if (when === 'after it was loaded') patch()
  const options = { ...sharedServer().config, max: 1, connectionTimeoutMillis: 5000 }
  const pool = new Pool(options)
  if (when === 'after the pool was made') patch()
  if (when === 'after a query') {
    await pool.query('SELECT 1')
    patch()
  }

  say('query', (await pool.query('SELECT 1 AS n')).rows)
  say(
    'by callback',
    await new Promise((resolve) => pool.query('SELECT 2 AS n', (error, { rows }) => resolve(rows)))
  )
  const client = await pool.connect()
  say('waiting', pool.totalCount, pool.idleCount, pool.waitingCount)
  const waiting = [1, 2, 3].map((n) => pool.query('SELECT $1::int4 AS n', [n]).then(({ rows }) => rows[0].n))
  say('waiting', pool.totalCount, pool.idleCount, pool.waitingCount, pool._pendingQueue.length)
  client.release()
  say('answers', await Promise.all(waiting))
  await new Promise((resolve) =>
    pool.connect((error, given, release) => {
      say('given', error, given === client, release === given.release)
      release()
      resolve()
    })
  )

  const short = new Pool({ ...options, connectionTimeoutMillis: 1000 })
  const held = await short.connect()
  await short.query('SELECT 1').catch((error) => say('too late', error.message))
  await until('nobody waits any more', () => short.waitingCount === 0)
  held.release()
  say('and then', (await short.query('SELECT 4 AS n')).rows, short.totalCount)
  const refused = new Pool({ ...options, password: 'wrong' })
  await refused.connect().catch((error) => say('refused', error.code, refused.totalCount))

  restore()
  const seen = spans.length
  say('restored', (await pool.query('SELECT 5 AS n')).rows, spans.length - seen)
  await Promise.all([pool, short, refused].map((each) => each.end()))
  await pool.connect().catch((error) => say('ended', error.message))
  say(
    'spans',
    spans.map(({ pool: name, options: max, ended }) => [name, max, ended])
  )
  // A removal is told when its socket is closed, which pg does not wait for.
  say(
    'events',
    spans[0].events.filter(([event]) => event !== 'remove').map(([event]) => event)
  )
}

main()
