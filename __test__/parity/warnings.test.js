'use strict'

// Catalogue 2.26: what a driver warns of, once per process and in which words; and that it warns of nothing else. Each
// case in a process of its own.

const { parity } = require('./harness')

function warned(name, run) {
  parity(
    `DW: ${name}`,
    async (context) => {
      const { log, turn } = context
      const listener = ({ name, message, code }) => log('warning', name, message, code)
      process.on('warning', listener)
      await run(context)
      await turn()
      await turn()
      log('done')
      process.removeListener('warning', listener)
    },
    { child: {} }
  )
}

warned('P-6: client.activeQuery, read or written', async ({ connect, log }) => {
  const client = await connect()
  log('idle', client.activeQuery ?? null)
  const running = client.query('select 1 as n')
  log('active', client.activeQuery.text, client.activeQuery === client._activeQuery)
  client.activeQuery = client._activeQuery
  await running
  log('own', Object.hasOwn(client, 'activeQuery'))
})

warned('P-6: client.queryQueue', async ({ connect, log }) => {
  const client = await connect()
  log('queue', client.queryQueue, client.queryQueue === client._queryQueue)
})

warned(
  'O-23: a Promise class of the application, for several clients',
  async ({ newClient, newPool, log }) => {
    class Own extends Promise {}
    const clients = [newClient({ Promise: Own }), newClient({ Promise: Own })]
    for (const client of clients) await client.connect()
    const pool = newPool({ Promise: Own })
    log('rows', (await pool.query('select 1 as n')).rows)
  }
)

warned('Q-9: queries that wait in line', async ({ connect, log }) => {
  const client = await connect()
  await Promise.all([client.query('select 1'), client.query('select 2')])
  log('two')
  await Promise.all([1, 2, 3, 4].map((n) => client.query(`select ${n}`)))
  log('four')
})

warned('Q-9: queries before connect() wait in line, too', async ({ newClient }) => {
  const client = newClient()
  const early = [client.query('select 1'), client.query('select 2')]
  await client.connect()
  await Promise.all(early)
})

warned('2.24: queries in a pipeline do not', async ({ connect }) => {
  const client = await connect({ pipeline: true })
  await Promise.all([1, 2, 3, 4, 5].map((n) => client.query(`select ${n}`)))
  await client.end()
})

warned('2.13: an invalid date', async ({ connect, outcome, log }) => {
  const client = await connect()
  for (let i = 0; i < 2; i++)
    log('date', await outcome(client.query('select $1::text as d', [new Date(NaN)])))
})

warned('a name of more than 63 characters is no process warning', async ({ connect }) => {
  const client = await connect()
  await client.query({ name: 'n'.repeat(80), text: 'select 1' })
})

warned('nothing in the ordinary life of clients and pools', async (context) => {
  const { connect, newPool, pg, eventOf, outcome, log } = context
  const client = await connect({ keepAlive: true, statement_timeout: 5000, query_timeout: 4000 })
  await client.query('select $1::int', [1])
  await outcome(client.query('selec'))
  const query = new pg.Query('select i from generate_series(1, 2000) i')
  client.query(query)
  await eventOf(query, 'end')
  await client.query({ name: 'a', text: 'select 1' })
  await client.query('listen x; notify x')
  const signals = Array.from({ length: 15 }, () =>
    client.query({ name: 'a', text: 'select 1' }).then(() => {})
  )
  await signals[0]
  await Promise.all(signals)
  const pool = newPool({ max: 5, idleTimeoutMillis: 50, maxUses: 3 })
  await Promise.all(Array.from({ length: 60 }, (_, i) => pool.query('select $1::int', [i])))
  const clients = await Promise.all(Array.from({ length: 5 }, () => pool.connect()))
  for (const one of clients) one.release()
  await outcome(pool.query('selec'))
  await pool.end()
  log('ended', pool.ended)
})
