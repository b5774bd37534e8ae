import { createRequire } from 'node:module'
import pg from 'pg'
import * as module from 'pg-boss'

const { scenario } = createRequire(import.meta.url)('../scenario.cjs')
// The class is the default export up to version 11, a named one since 12.
const PgBoss = module.PgBoss ?? module.default

scenario(async ({ config, observe, failure, until }) => {
  const errors = []
  const client = new pg.Client(config)
  await client.connect()
  const boss = new PgBoss({
    ...config,
    max: 5,
    application_name: 'boss',
    maintenanceIntervalSeconds: 1,
    superviseIntervalSeconds: 1,
  })
  boss.on('error', (error) => errors.push(error.message))
  await boss.start()
  observe(
    'schema',
    (
      await client.query(
        "SELECT count(*) > 5 AS tables FROM pg_class WHERE relnamespace = 'pgboss'::regnamespace AND relkind IN ('r', 'p')"
      )
    ).rows
  )
  for (const name of ['mail', 'dead', 'news', 'slow', 'hand', 'failing'])
    await boss.createQueue(name, name === 'failing' ? { name, deadLetter: 'dead', retryLimit: 1 } : { name })

  const mails = []
  let [running, most] = [0, 0]
  const work = async ([job]) => {
    most = Math.max(most, ++running)
    // Jobs overlap, as the workers poll at the same time: each waits for one more to be at work.
    await until('a second job runs', () => most > 1)
    mails.push(job.data)
    running--
    return { sent: job.data.to }
  }
  const ids = []
  for (let i = 0; i < 20; i++)
    ids.push(await boss.send('mail', { to: `user ${i}`, text: "it's ü" }, { priority: i % 3, retryLimit: 2 }))
  observe('ids', new Set(ids).size)
  for (let i = 0; i < 4; i++) await boss.work('mail', { batchSize: 1, pollingIntervalSeconds: 0.5 }, work)
  await until('all mail is sent', () => mails.length === 20, 20000)
  observe('mail', [mails.map(({ to }) => to).sort(), most > 1, mails[0].text])
  await until(
    'all jobs are completed',
    async () =>
      (await client.query("SELECT FROM pgboss.job WHERE name = 'mail' AND state = 'completed'")).rowCount ===
      20
  )
  observe(
    'output',
    (await client.query('SELECT state::text, output FROM pgboss.job WHERE id = $1', [ids[3]])).rows
  )
  await boss.offWork('mail')

  let attempts = 0
  await boss.work('failing', { pollingIntervalSeconds: 0.5, includeMetadata: true }, async ([job]) => {
    attempts++
    throw Object.assign(new TypeError(`attempt ${job.retryCount}`), { code: 'E_MAIL' })
  })
  const failing = await boss.send('failing', { a: 1 }, { retryDelay: 0 })
  const dead = []
  await boss.work('dead', { pollingIntervalSeconds: 0.5 }, async ([job]) => dead.push(job.data))
  await until('the job is dead', () => dead.length === 1, 20000)
  const [failed] = (
    await client.query('SELECT state::text, retry_count, output FROM pgboss.job WHERE id = $1', [failing])
  ).rows
  observe('failed', {
    attempts,
    dead,
    state: failed.state,
    retries: failed.retry_count,
    message: failed.output.message,
    code: failed.output.code,
  })

  const byHand = await boss.send('hand', { n: 1 }, { singletonKey: 'one', startAfter: 0 })
  const [fetched] = await boss.fetch('hand')
  await boss.complete('hand', fetched.id, { result: 2 })
  observe('by hand', [
    fetched.id === byHand,
    fetched.data,
    (await client.query('SELECT state::text FROM pgboss.job WHERE id = $1', [byHand])).rows,
  ])
  const cancelled = await boss.send('hand', { n: 2 }, { startAfter: 3600 })
  await boss.cancel('hand', cancelled)
  observe(
    'cancelled',
    (await client.query('SELECT state::text FROM pgboss.job WHERE id = $1', [cancelled])).rows
  )
  await boss.subscribe('paper', 'news')
  await boss.publish('paper', { headline: 'x' })
  observe(
    'subscribed',
    (await boss.fetch('news')).map(({ data }) => data)
  )
  await boss.schedule('news', '0 3 * * *', { nightly: true }, { tz: 'UTC' })
  observe(
    'schedules',
    (await boss.getSchedules()).map(({ name, cron, data }) => ({ name, cron, data }))
  )

  // The app's own transaction: a job exists only if it commits.
  const db = { executeSql: (text, values) => client.query(text, values) }
  await client.query('BEGIN')
  const undone = await boss.send('hand', { n: 3 }, { db })
  await client.query('ROLLBACK')
  observe('rolled back', (await client.query('SELECT FROM pgboss.job WHERE id = $1', [undone])).rowCount)
  observe('no such queue', await failure(boss.send('missing', {})))
  errors.length = 0

  await client.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'boss'"
  )
  await until('the losses are seen', () => errors.length > 0)
  observe(
    'loss',
    [...new Set(errors)].filter((message) => /administrator/.test(message))
  )
  const after = []
  await boss.work('hand', { pollingIntervalSeconds: 0.5 }, async ([job]) => after.push(job.data.n))
  // A session whose end is still on its way may fail a query more.
  await until('it sends again', () => boss.send('hand', { n: 4 }).catch(() => undefined))
  await until('a job after the loss', () => after.length > 0, 20000)
  observe('after the loss', after)

  let slow = 0
  await boss.work('slow', { pollingIntervalSeconds: 0.5 }, async () => {
    slow = 1
    await new Promise((resolve) => setTimeout(resolve, 300))
    slow = 2
  })
  await boss.send('slow', {})
  await until('the slow job runs', () => slow === 1)
  await boss.stop({ graceful: true, timeout: 10000, wait: true })
  observe('stopped gracefully', slow)
  observe('slow job', (await client.query("SELECT state::text FROM pgboss.job WHERE name = 'slow'")).rows)
  await until(
    'its sessions are closed',
    async () =>
      (
        await client.query(
          "SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'boss'"
        )
      ).rowCount === 0
  )
  const refused = new PgBoss({ ...config, port: 1 })
  refused.on('error', () => {})
  observe('refused', await failure(refused.start()))
  await client.end()
})
