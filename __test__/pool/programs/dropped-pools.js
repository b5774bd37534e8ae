'use strict'

// Pools that nobody keeps and nobody ends. `idle`: after their queries; `busy`: while a query, a checkout and an end() are
// under way. A second argument has options, in JSON.
const v8 = require('node:v8')
const vm = require('node:vm')
const { subject } = require('../../support/drivers')
const { sharedServer } = require('../../support/server')
const { until } = require('../../support/until')

v8.setFlagsFromString('--expose-gc')
const gc = vm.runInNewContext('gc')
const NAME = `dropped-${process.pid}`
const given = JSON.parse(process.argv[3] ?? '{}')
const options = { ...sharedServer().config, application_name: NAME, idleTimeoutMillis: 0, ...given }

const WAYS = {
  async idle(other) {
    const use = async (n) => {
      const pool = new subject.Pool({ ...options, max: 2 })
      pool.on('error', () => {})
      return (await Promise.all([pool.query('SELECT $1::int4 AS n', [n]), pool.query('SELECT 1')])).length
    }
    for (let n = 0; n < 10; n++) await use(n)
    await until('their sessions are closed', async () => {
      gc()
      const { rowCount } = await other.query('SELECT 1 FROM pg_stat_activity WHERE application_name = $1', [
        NAME,
      ])
      return rowCount === 0
    })
    console.log('closed')
  },
  async busy() {
    const collecting = setInterval(gc, 1)
    const query = () => {
      const password = async () => {
        await until('garbage was collected', () => (gc(), true))
        return options.password
      }
      return new subject.Pool({ ...options, password }).query('SELECT pg_sleep(0.1)')
    }
    await query()
    console.log('answered')
    const client = await new subject.Pool(options).connect()
    await client.query('SELECT pg_sleep(0.1)')
    client.release()
    console.log('released')
    const end = async () => {
      const pool = new subject.Pool(options)
      await pool.query('SELECT 1')
      return pool.end()
    }
    for (let n = 0; n < 10; n++) await end()
    console.log('ended')
    await client.end()
    clearInterval(collecting)
  },
}

async function main() {
  const other = new subject.Client(sharedServer().config)
  await other.connect()
  await WAYS[process.argv[2]](other)
  await other.end()
}

main()
