'use strict'

// npm run demo                      on an embedded PostgreSQL that it starts and stops
// DATABASE_URL=... npm run demo     on yours; it leaves nothing behind

const { Pool } = require('oxpg')

const CONNECTIONS = 10
const CALLERS = 50
const QUERIES = 20_000
const ROWS = 50_000

const say = (topic, text) => console.log(`${topic.padEnd(20)}${text}`)
const count = (number) => Math.round(number).toLocaleString('en-US')

async function timed(work) {
  const started = performance.now()
  const value = await work()
  return { value, ms: performance.now() - started }
}

async function findServer() {
  const connectionString = process.env.DATABASE_URL
  if (connectionString)
    return { origin: 'from DATABASE_URL', config: { connectionString }, stop: async () => {} }
  const { startPostgres } = require('../__test__/support/postgres')
  const { value: server, ms } = await timed(() => startPostgres())
  const origin = `embedded, started in ${(ms / 1000).toFixed(1)} s`
  return { origin, config: server.config, stop: () => server.stop() }
}

// Many callers share a few connections; each takes one for the time of its query.
async function concurrentQueries(pool) {
  const latencies = []
  let left = QUERIES
  const caller = async () => {
    while (left > 0) {
      const n = left--
      const query = { name: 'double', text: 'select $1::int * 2 as twice', values: [n] }
      const { value, ms } = await timed(() => pool.query(query))
      if (value.rows[0].twice !== n * 2) throw new Error(`asked for ${n} * 2, got ${value.rows[0].twice}`)
      latencies.push(ms)
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, () => pool.query('select 1')))
  const { ms } = await timed(() => Promise.all(Array.from({ length: CALLERS }, caller)))
  latencies.sort((a, b) => a - b)
  const percentile = (p) => latencies[Math.floor(latencies.length * p)].toFixed(1)
  say('concurrent queries', `${count(QUERIES)} by ${CALLERS} callers on ${pool.totalCount} connections`)
  say(
    '',
    `${count((QUERIES / ms) * 1000)} queries/s, half within ${percentile(0.5)} ms, 99 % within ${percentile(0.99)} ms`
  )
}

async function largeResult(pool) {
  const text = `
    select n as id, 'name ' || n as name, n * 1.5::float8 as price, n % 2 = 0 as even, now() as at
    from generate_series(1, $1::int) n`
  const { value, ms } = await timed(() => pool.query(text, [ROWS]))
  say('large result', `${count(value.rows.length)} rows x 5 columns in ${count(ms)} ms`)
}

async function transactions(client) {
  const stock = async () => (await client.query('select apples from shelf')).rows[0].apples
  await client.query('create temporary table shelf (apples int check (apples >= 0))')
  await client.query('insert into shelf values (10)')

  await client.query('begin')
  await client.query('update shelf set apples = apples - 4')
  await client.query('commit')
  say('transaction', `sold 4 of 10 apples, committed: ${await stock()} left`)

  await client.query('begin')
  await client.query('update shelf set apples = apples - 6')
  const inside = await stock()
  await client.query('rollback')
  say('', `sold 6 more, ${inside} left inside the transaction, rolled back: ${await stock()} left`)
}

async function sqlError(pool) {
  const before = pool.totalCount
  const error = await pool.query('select 1 / $1::int', [0]).then(
    () => null,
    (reason) => reason
  )
  if (!error || error.code !== '22012') throw error || new Error('1 / 0 was answered without an error')
  say('SQL error', `code ${error.code}, ${error.message}`)
  say('', `${before} connections before it, ${pool.totalCount} after it`)
}

async function shutdown(pool) {
  const order = []
  const running = pool.query('select pg_sleep(0.1)').then(() => order.push('the running query was answered'))
  const { ms } = await timed(() => pool.end().then(() => order.push('the pool was closed')))
  await running
  say('shutdown', `${order.join(', then ')}; ${count(ms)} ms, ${pool.totalCount} connections left`)
}

async function demonstrate(config, origin) {
  const pool = new Pool({ ...config, max: CONNECTIONS, application_name: 'oxpg demo' })
  pool.on('error', (error) => console.error('an idle connection was lost:', error.message))
  try {
    const { rows } = await pool.query('select version()')
    say('server', `${rows[0].version.split(/[ ,](?=on |compiled )/)[0]} (${origin})`)
    await concurrentQueries(pool)
    await largeResult(pool)
    const client = await pool.connect()
    try {
      await transactions(client)
    } finally {
      // Closed, not returned: the temporary table goes with the connection.
      client.release(true)
    }
    await sqlError(pool)
  } catch (error) {
    await pool.end()
    throw error
  }
  await shutdown(pool)
}

async function main() {
  const { origin, config, stop } = await findServer()
  try {
    await demonstrate(config, origin)
  } finally {
    await stop()
  }
}

// A promise that never settles would end the process early and quietly: only the end of main() is a success.
process.exitCode = 1
const succeed = () => (process.exitCode = 0)

main().then(succeed, (error) => {
  // A refused connection to a name with several addresses has its reasons in a list and no message.
  const reasons = error.errors ? error.errors.map((reason) => reason.message).join('; ') : error.message
  console.error(`The demo failed: ${reasons}${error.code ? ` (${error.code})` : ''}`)
  if (process.env.DATABASE_URL)
    console.error('It used the server of DATABASE_URL: is it running and are you let in?')
})
