'use strict'

// Catalogue 2.23: end().

const { parity } = require('./harness')
const { busy } = require('./terminate')

const EVENTS = ['connect', 'end', 'error', 'drain']

parity('EN-1: end() resolves to undefined', async ({ connect }) => {
  const client = await connect()
  const promise = client.end()
  return [promise instanceof Promise, await promise]
})

parity(
  'EN-1: end(callback) returns undefined and calls back once, without arguments',
  async ({ connect, log }) => {
    const client = await connect()
    const callback = log.callback('callback')
    log('returned', client.end(callback))
    await callback.called
  }
)

parity('EN-1: end() resolves before the end event', async ({ connect, log, eventOf }) => {
  const client = log.events(await connect(), EVENTS)
  const ended = eventOf(client, 'end')
  client.end(() => log('callback'))
  await ended
})

parity(
  'EN-2: end() of a client that never connected, by promise and by callback',
  async ({ newClient, log, turn }) => {
    const client = log.events(newClient(), EVENTS)
    const other = newClient()
    log('end()', await client.end())
    other.end((...args) => log('callback', args.length))
    log('after the call')
    await turn()
  }
)

parity('EN-2: a client that was ended before it connected can connect', async ({ newClient, log }) => {
  const client = newClient()
  await client.end()
  log('connected', (await client.connect()) === client)
})

parity('EN-2: end() after the end, by promise and by callback', async ({ connect, log }) => {
  const client = await connect()
  await client.end()
  log('again', await client.end())
  client.end((...args) => log('callback', args.length))
  log('after the call')
})

parity('EN-3: the socket is closed and the session gone when end() resolves', async ({ connect, until }) => {
  const [client, observer] = [await connect(), await connect()]
  const pid = client.processID
  await client.end()
  // The server needs a moment to notice: it must do so, and not after some timeout of its own.
  return until(
    async () =>
      (await observer.query('select 1 from pg_stat_activity where pid = $1', [pid])).rows.length === 0
  )
})

parity('EN-4: end() ends an active query and those that wait', async ({ connect, log, until }) => {
  const client = log.events(await connect(), EVENTS)
  const queries = [
    log.settle('active', client.query('select pg_sleep(20)')),
    log.settle('queued', client.query('select 2')),
  ]
  await busy(client, until)
  await log.settle('end()', client.end())
  await Promise.all(queries)
})

parity('EN-4: end() in the same turn as a query ends the query', async ({ connect, log }) => {
  const client = log.events(await connect(), EVENTS)
  const query = log.settle('query', client.query('select pg_sleep(0.2)'))
  await log.settle('end()', client.end())
  await query
})

parity('end() after the last query answered, in its callback', async ({ connect, log, eventOf }) => {
  const client = log.events(await connect(), EVENTS)
  const ended = eventOf(client, 'end')
  client.query('select 1 as n', (error, result) => {
    log('answer', result.rows)
    client.end(() => log('callback'))
  })
  await ended
})

parity('end() in a drain listener, as of old', async ({ newClient, log, eventOf }) => {
  const client = log.events(newClient(), EVENTS)
  const ended = eventOf(client, 'end')
  client.connect()
  client.query('select 1', () => log('first'))
  client.query('select 2', () => log('second'))
  client.on('drain', () => client.end())
  await ended
})

parity('EN-7: end() twice in one turn resolves both', async ({ connect, log }) => {
  const client = await connect()
  await Promise.all([log.settle('first', client.end()), log.settle('second', client.end())])
})

parity('EN-7: end() three times by callback', async ({ connect, log, turn }) => {
  const client = await connect()
  const callbacks = [1, 2, 3].map((n) => log.callback(`callback ${n}`))
  callbacks.forEach((callback) => client.end(callback))
  await Promise.all(callbacks.map((callback) => callback.called))
  await turn()
})

parity('end() inside a transaction rolls it back', async ({ connect, until }) => {
  const [client, observer] = [await connect(), await connect()]
  await client.query('begin; select pg_advisory_xact_lock(771177)')
  await client.end()
  await until(
    async () => (await observer.query('select pg_try_advisory_xact_lock(771177) as free')).rows[0].free
  )
  return 'free'
})
