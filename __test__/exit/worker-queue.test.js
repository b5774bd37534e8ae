'use strict'

const path = require('node:path')
const { once } = require('node:events')
const { Worker } = require('node:worker_threads')
const { openPool, after } = require('../support/connections')
const { sharedServer } = require('../support/server')
const { onlyOxpg } = require('../support/drivers')
const { until } = require('../support/until')

// The I/O thread goes on, because this thread needs it; the worker's queue must not.
onlyOxpg('what a terminated worker had queued is not run', async () => {
  const pool = openPool()
  await pool.query('CREATE TABLE left_behind (n int)')
  after(() => sharedServer().query('DROP TABLE left_behind'))
  const application_name = 'worker that leaves a queue'
  const config = { ...sharedServer().config, application_name }
  const count = async (text) => Number((await pool.query(text)).rows[0].count)
  const sessions = () =>
    count(`SELECT count(*) FROM pg_stat_activity WHERE application_name = '${application_name}'`)

  const worker = new Worker(path.join(__dirname, 'programs', 'leaves-queue.js'), { workerData: { config } })
  await once(worker, 'message')
  await until('the worker sleeps in its session', async () => (await sessions()) === 1)
  await worker.terminate()
  // The backend that sleeps does not notice that its client has gone.
  await pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '${application_name}'`
  )
  await until('its session is gone', async () => (await sessions()) === 0)
  expect(await count('SELECT count(*) FROM left_behind')).toBe(0)
})
