'use strict'

// A listener or callback of a pool throws the first time it is called; the pool is used on, and ends.
const { subject } = require('../../support/drivers')
const { sharedServer } = require('../../support/server')
const { until } = require('../../support/until')

const what = process.argv[2]
let thrown = 0
const throwOnce = () => {
  if (thrown++ === 0) throw new Error('thrown on purpose')
}
let uncaught = 0
process.on('uncaughtException', (error) => {
  uncaught++
  console.log('uncaught:', error.message)
})

async function main() {
  const options = { ...sharedServer().config, max: 1 }
  if (what === 'log') options.log = throwOnce
  const pool = new subject.Pool(options)
  if (what !== 'log') pool.on(what, throwOnce)
  if (what !== 'error') pool.on('error', () => {})
  if (what === 'remove') (await pool.connect()).release(true)
  if (what === 'error') {
    const [client, other] = [await pool.connect(), new subject.Client(sharedServer().config)]
    client.release()
    await other.connect()
    await other.query('SELECT pg_terminate_backend($1)', [client.processID])
    await other.end()
  }
  if (what === 'callback of query') pool.query('SELECT 0', throwOnce)
  if (what === 'callback of connect') {
    pool.connect((error, client, release) => {
      release()
      throwOnce()
    })
  }
  if (what === 'error' || what === 'remove') await until('the exception was uncaught', () => uncaught === 1)
  const answers = [1, 2, 3].map((n) => pool.query('SELECT $1::int4 AS n', [n]))
  const numbers = (await Promise.all(answers)).map(({ rows }) => rows[0].n)
  await until('the exception was uncaught', () => uncaught === 1)
  console.log('answers:', ...numbers)
  console.log('counts:', pool.totalCount, pool.idleCount, pool.waitingCount)
  await pool.end()
  console.log('ended')
}

main()
