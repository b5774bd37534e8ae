'use strict'

// Catalogue 2.24 with 2.20, 2.22 and 2.23: how the queries of a pipelining client end when they do not just answer.

const { parity, deviation } = require('./harness')
const { fakeSession } = require('./fake-session')
const { messages } = require('../support/fake-server')

const EVENTS = ['error', 'end']

const pipelined = async ({ connect, log }, config = {}) =>
  log.events(await connect({ pipeline: true, ...config }), EVENTS)

const queues = (client) => [client._activeQuery, client._sentQueryQueue.length, client._queryQueue.length]

parity('EN-6: end() waits for what was sent', async (context) => {
  const { log } = context
  const client = await pipelined(context)
  const queries = [1, 2, 3].map((n) => log.settle(`query ${n}`, client.query('select $1::int as n', [n])))
  const ended = log.settle('end()', client.end())
  log.settle('too late', client.query('select 4'))
  await Promise.all([...queries, ended])
})

parity('EN-6: end(callback) waits, and end() without work is quick', async (context) => {
  const { log } = context
  const client = await pipelined(context)
  client.query('select pg_sleep(0.02), 1 as n', log.callback('query'))
  const ended = log.callback('ended')
  log('returned', client.end(ended))
  await ended.called
  const idle = await pipelined(context)
  await idle.query('select 1')
  log('idle', await idle.end())
})

parity('EN-6: end() while connecting waits for the queries before it', async (context) => {
  const { newClient, log } = context
  const client = log.events(newClient({ pipeline: true }), [...EVENTS, 'connect'])
  const connecting = log.settle('connect()', client.connect())
  const query = log.settle('query', client.query('select 1 as n'))
  await Promise.all([connecting, query, log.settle('end()', client.end())])
})

parity('2.24, L-2: a FATAL fails the active query, and the loss all others, in order', async (context) => {
  const { log, eventOf } = context
  const pipelining = { ...context, connect: (config) => context.connect({ ...config, pipeline: true }) }
  const client = await fakeSession(pipelining, EVENTS, async (peer) => {
    for (let i = 0; i < 3; i++) await peer.expect('Q')
    peer.end(messages.errorResponse({ S: 'FATAL', C: '57P01', M: 'terminating connection' }))
    await peer.gone()
  })
  const ended = eventOf(client, 'end')
  const queries = [1, 2, 3].map((n) => log.settle(`query ${n}`, client.query(`select ${n}`)))
  await Promise.all([...queries, ended])
  log('queues', ...queues(client))
})

parity('L-3: a destroyed stream fails all of them, in order', async (context) => {
  const { log, eventOf } = context
  const client = await pipelined(context)
  const ended = eventOf(client, 'end')
  const queries = [1, 2, 3].map((n) => log.settle(`query ${n}`, client.query('select pg_sleep(20)')))
  client.connection.stream.destroy()
  await Promise.all([...queries, ended])
})

parity('TO-3: a query that was sent and is late costs the session', async (context) => {
  const { log, eventOf } = context
  const client = await pipelined(context)
  const ended = eventOf(client, 'end')
  await Promise.all([
    log.settle('running', client.query('select pg_sleep(20)')),
    log.settle('late', client.query({ text: 'select 1', query_timeout: 20 })),
    log.settle('behind', client.query('select 2')),
    ended,
  ])
})

parity('TO-3: the running query is late, with others behind it', async (context) => {
  const { log, eventOf } = context
  const client = await pipelined(context)
  const ended = eventOf(client, 'end')
  await Promise.all([
    log.settle('late', client.query({ text: 'select pg_sleep(20)', query_timeout: 20 })),
    log.settle('behind', client.query('select 2')),
    ended,
  ])
})

parity('TO-2: a query that is late before the client has connected is dropped', async (context) => {
  const { newClient, log } = context
  const client = log.events(newClient({ pipeline: true }), EVENTS)
  await log.settle('late', client.query({ text: 'select 1', query_timeout: 10 }))
  await client.connect()
  log('next', (await client.query('select 2 as n')).rows)
})

deviation(
  'TO-3: a query that is late and alone (DV-25)',
  async ({ connect, outcome, until }) => {
    const client = await connect({ pipeline: true })
    client.on('error', () => {})
    const late = await outcome(client.query({ text: 'select pg_sleep(20)', query_timeout: 20 }))
    await until(() => client._ended || client.readyForQuery)
    const next = await outcome(client.query('select 1 as n'))
    return [late.rejected.message, next.rejected?.message ?? next.resolved.rows]
  },
  {
    theirs: ['Query read timeout', 'Client has encountered a connection error and is not queryable'],
    ours: ['Query read timeout', [{ n: 1 }]],
  }
)

parity('Z-4: cancelling a query that was sent drops its answer', async (context) => {
  const { log, newClient } = context
  const client = await context.connect({ pipeline: true })
  const sent = client.query('select pg_sleep(0.01), 1 as n', log.callback('first'))
  client.query('select 2 as n', log.callback('second'))
  log('returned', sent, newClient().cancel(client, client._sentQueryQueue[0]))
  log('next', (await client.query('select 3 as n')).rows)
})
