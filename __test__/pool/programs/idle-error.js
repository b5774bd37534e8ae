'use strict'

// Two idle sessions are killed while nobody listens for errors; then the pool is used again.
const { subject } = require('../../support/drivers')
const { sharedServer } = require('../../support/server')
const { until } = require('../../support/until')

async function main() {
  const pool = new subject.Pool({ ...sharedServer().config, max: 2 })
  const other = new subject.Client(sharedServer().config)
  await other.connect()
  const clients = [await pool.connect(), await pool.connect()]
  const pids = clients.map((client) => client.processID)
  clients.forEach((client) => client.release())
  await other.query('SELECT pg_terminate_backend(pid) FROM unnest($1::int4[]) pid', [pids])
  await until('the pool has let both go', () => pool.totalCount === 0)
  console.log('goes on:', (await pool.query('SELECT 1 AS one')).rows[0].one)
  await Promise.all([other.end(), pool.end()])
}

main()
