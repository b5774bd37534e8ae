'use strict'

// Catalogue 2.27 and K-5: domains and async contexts around clients, queries and pools. Each case in a process of its own:
// jest has domains of its own.

const { parity } = require('./harness')

const alone = (name, run) => parity(name, run, { child: {} })

// Runs `work` in a new domain whose errors are in the log.
function inDomain(log, work) {
  const own = require('node:domain').create()
  let heard
  const failed = new Promise((resolve) => (heard = resolve))
  own.on('error', (error) => {
    log('domain error', error.message)
    heard(error)
  })
  return { own, failed, result: own.run(() => work(own)) }
}

alone('AC: callbacks of a client and a pool run in the domain of their caller', async (context) => {
  const { connect, newPool, log } = context
  const client = await connect()
  const pool = newPool({ max: 1 })
  await inDomain(log, async (own) => {
    await new Promise((resolve) =>
      own.run(() => client.query('select 1', () => resolve(log('client.query', process.domain === own))))
    )
    await new Promise((resolve) =>
      own.run(() => pool.query('select 1', () => resolve(log('pool.query', process.domain === own))))
    )
    await new Promise((resolve) =>
      own.run(() =>
        pool.connect((error, pooled, release) => {
          log('pool.connect', process.domain === own)
          pooled.query('select 1', () => {
            log('pooled query', process.domain === own)
            release()
            resolve()
          })
        })
      )
    )
  }).result
})

alone('K-5: an exception in a callback goes to the domain of its query', async (context) => {
  const { connect, log } = context
  const client = await connect()
  const { failed } = inDomain(log, () => {
    client.query('select 1', () => {
      throw new Error('in the callback')
    })
  })
  await failed
  log('next', (await client.query('select 1 as n')).rows)
})

alone('AC: the unheard error of a Query goes to the domain it was made in', async (context) => {
  const { connect, pg, log } = context
  const client = await connect()
  const { failed } = inDomain(log, () => client.query(new pg.Query('selec')))
  await failed
  log('next', (await client.query('select 1 as n')).rows)
})

alone('AC: the unheard error of a client goes to the domain it was made in', async (context) => {
  const { newClient, log } = context
  const { failed } = inDomain(log, () => {
    const client = newClient()
    client.connect(() => client.query('select pg_terminate_backend(pg_backend_pid())', () => {}))
  })
  await failed
})

alone('AC: promises keep the async context of their caller', async (context) => {
  const { connect, newPool, outcome } = context
  const { AsyncLocalStorage } = require('node:async_hooks')
  const storage = new AsyncLocalStorage()
  const client = await connect()
  const pool = newPool({ max: 1 })
  const works = [
    () => client.query('select 1'),
    () => client.query({ name: 'context', text: 'select $1::int', values: [1] }),
    () => outcome(client.query('selec')),
    () => pool.query('select 1'),
    () => outcome(pool.query('selec')),
    async () => (await pool.connect()).release(),
    () => client.end(),
  ]
  const seen = []
  for (const [i, work] of works.entries()) {
    seen.push(
      await storage.run(`context ${i}`, async () => {
        await work()
        return storage.getStore()
      })
    )
  }
  return seen
})
