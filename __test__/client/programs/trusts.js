'use strict'

// Connects, by each of pg and oxpg, with each config of the argument, in the directory `cwd`, and prints how that ended.
const { configs, cwd } = JSON.parse(process.argv[2])
if (cwd) process.chdir(cwd)
const { subject } = require('../../support/drivers')

async function outcome(Client, config) {
  let client
  try {
    client = new Client(config)
    client.on('error', () => {})
    await client.connect()
    const { rows } = await client.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()')
    return rows[0].ssl ? 'encrypted' : 'plain'
  } catch (error) {
    return error.code ?? error.message
  } finally {
    await client?.end().catch(() => {})
  }
}

async function main() {
  const outcomes = { pg: [], oxpg: [] }
  for (const config of configs) {
    outcomes.pg.push(await outcome(require('pg').Client, config))
    outcomes.oxpg.push(await outcome(subject.Client, config))
  }
  console.log(JSON.stringify(outcomes))
}

main()
