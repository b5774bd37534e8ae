'use strict'

const { EventEmitter } = require('node:events')
const pg = require('pg')
const {
  Logger,
  makeWorkerUtils,
  parseCronItems,
  quickAddJob,
  run,
  runMigrations,
  runOnce,
} = require('graphile-worker')
const { scenario } = require('../scenario.cjs')

scenario(async ({ config, url, observe, failure, until }) => {
  const errors = []
  const logger = new Logger(
    () => (level, message) => level === 'error' && errors.push(message.replace(/\d+/g, 'N'))
  )
  const pool = new pg.Pool({ ...config, max: 8, application_name: 'worker' })
  pool.on('error', () => {})
  pool.on('connect', (made) => made.on('error', () => {}))
  const client = new pg.Client(config)
  await client.connect()
  await runMigrations({ pgPool: pool, logger })
  observe(
    'schema',
    (
      await client.query(
        "SELECT count(*) > 3 AS tables FROM pg_class WHERE relnamespace = 'graphile_worker'::regnamespace AND relkind = 'r'"
      )
    ).rows
  )

  const done = []
  await quickAddJob({ connectionString: url, logger }, 'note', { n: 0 })
  const tasks = {
    note: async (payload, helpers) => {
      const { rows } = await helpers.query('SELECT $1::int + 1 AS next', [payload.n])
      await helpers.withPgClient(async (lent) => lent.query('SELECT 1'))
      done.push(rows[0].next)
      if (payload.then !== undefined) await helpers.addJob('note', { n: payload.then })
    },
    fails: async (payload, helpers) => {
      done.push(`attempt ${helpers.job.attempts}`)
      if (helpers.job.attempts < 2) throw new TypeError('not yet')
    },
    sleeps: async (payload, helpers) => {
      await helpers.withPgClient((lent) => lent.query('SELECT pg_sleep(0.3)'))
      done.push('slept')
    },
    batch: async (payloads) => {
      done.push(`batch of ${payloads.length}`)
      return payloads.map(({ ok }) => (ok ? undefined : Promise.reject(new Error('this one'))))
    },
  }
  await runOnce({ pgPool: pool, taskList: tasks, logger })
  observe('run once', done.splice(0))

  const utils = await makeWorkerUtils({ pgPool: pool, logger })
  const events = new EventEmitter()
  const counts = {}
  for (const name of [
    'pool:listen:success',
    'pool:listen:error',
    'pool:listen:notification',
    'job:success',
    'job:error',
    'pool:gracefulShutdown:complete',
    'worker:fatalError',
  ]) {
    events.on(name, () => (counts[name] = (counts[name] ?? 0) + 1))
  }
  // The long interval shows that it is notifications that bring the jobs.
  const runner = await run({
    pgPool: pool,
    taskList: tasks,
    concurrency: 4,
    pollInterval: 600_000,
    noHandleSignals: true,
    logger,
    events,
    parsedCronItems: parseCronItems([]),
  })
  await until('it listens', () => counts['pool:listen:success'] === 1)
  await until(
    'LISTEN has run',
    async () =>
      (
        await client.query(
          "SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'worker' AND query LIKE 'LISTEN%' AND state = 'idle'"
        )
      ).rowCount === 1
  )
  await Promise.all(
    Array.from({ length: 40 }, (_, n) => utils.addJob('note', { n, then: n < 10 ? 100 + n : undefined }))
  )
  await until('all are done', () => done.length === 50)
  observe('notes', [done.splice(0).sort((a, b) => a - b), counts['pool:listen:notification'] > 0])

  const first = await utils.addJob(
    'note',
    { n: 1 },
    { jobKey: 'key', runAt: new Date(Date.now() + 3600_000) }
  )
  const second = await utils.addJob(
    'note',
    { n: 2 },
    {
      jobKey: 'key',
      jobKeyMode: 'replace',
      runAt: new Date(Date.now() + 7200_000),
      priority: 3,
      queueName: 'q',
    }
  )
  observe('job key', [
    first.id === second.id,
    second.revision,
    second.priority,
    second.run_at instanceof Date,
  ])
  const rescheduled = await utils.rescheduleJobs([second.id], { runAt: new Date('2100-01-01'), attempts: 0 })
  observe(
    'rescheduled',
    rescheduled.map((job) => job.run_at)
  )
  observe(
    'permanently failed',
    (await utils.permanentlyFailJobs([second.id], 'no more')).map((job) => job.last_error)
  )
  await utils.completeJobs([second.id])

  const failing = await utils.addJob('fails', {})
  await until(
    'the first attempt',
    async () =>
      (
        await client.query(
          'SELECT FROM graphile_worker._private_jobs WHERE id = $1 AND last_error IS NOT NULL',
          [failing.id]
        )
      ).rowCount === 1
  )
  observe(
    'its error',
    (
      await client.query(
        "SELECT split_part(last_error, E'\\n', 1) AS error, attempts FROM graphile_worker._private_jobs WHERE id = $1",
        [failing.id]
      )
    ).rows
  )
  await utils.rescheduleJobs([failing.id], { runAt: new Date(0) })
  await utils.addJob('note', { n: 6 })
  await until('the second attempt', () => done.includes('attempt 2'))
  await until('the note', () => done.includes(7))
  observe('attempts', done.splice(0).map(String).sort())
  await client.query(
    `SELECT graphile_worker.add_job('batch', '[{"ok": true}, {"ok": false}, {"ok": true}]'::json)`
  )
  await until('the batch', () => done.length === 1)
  await until(
    'what is left of it',
    async () =>
      (await client.query('SELECT FROM graphile_worker._private_jobs WHERE last_error IS NOT NULL'))
        .rowCount === 1
  )
  observe('batch', [
    done.splice(0),
    (await client.query('SELECT payload FROM graphile_worker._private_jobs')).rows,
  ])
  await client.query('DELETE FROM graphile_worker._private_jobs')

  await client.query('BEGIN')
  await client.query("SELECT graphile_worker.add_job('note', '{\"n\": 1000}')")
  await client.query('ROLLBACK')
  await client.query('BEGIN')
  await client.query("SELECT graphile_worker.add_job('note', '{\"n\": 2000}')")
  await client.query('COMMIT')
  await until('the committed job', () => done.length)
  observe('transactions', done.splice(0))

  errors.length = 0
  await client.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'worker' AND query LIKE 'LISTEN%'"
  )
  await until('the loss is seen', () => counts['pool:listen:error'] === 1)
  await until('it listens again', () => counts['pool:listen:success'] === 2)
  await until(
    'LISTEN has run again',
    async () =>
      (
        await client.query(
          "SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'worker' AND query LIKE 'LISTEN%' AND state = 'idle'"
        )
      ).rowCount === 1
  )
  observe('loss', errors.splice(0).sort())
  await utils.addJob('note', { n: 3000 })
  await until('a job after the loss', () => done.length)
  observe('after the loss', done.splice(0))

  await utils.addJob('sleeps', {})
  await until(
    'it sleeps',
    async () =>
      (
        await client.query(
          "SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'SELECT pg_sleep%' AND state = 'active'"
        )
      ).rowCount === 1
  )
  await runner.stop()
  observe('stopped gracefully', [
    done.splice(0),
    counts['pool:gracefulShutdown:complete'] ?? 0,
    counts['worker:fatalError'] ?? 0,
  ])
  // It may resolve a moment before the last job is taken off the list.
  const jobs = 'SELECT FROM graphile_worker._private_jobs'
  await until('no job is left', async () => (await client.query(jobs)).rowCount === 0)
  observe('runner', await failure(runner.promise))
  observe('errors', errors)
  await utils.release()
  await pool.end()
  await until(
    'its sessions are closed',
    async () =>
      (
        await client.query(
          "SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'worker'"
        )
      ).rowCount === 0
  )
  observe(
    'refused',
    await failure(quickAddJob({ connectionString: url.replace(/:\d+\//, ':1/'), logger }, 'note', {}))
  )
  await client.end()
})
