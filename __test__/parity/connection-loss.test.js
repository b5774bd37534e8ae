'use strict'

// Catalogue 2.22: how a lost connection shows, and in which order.

const { parity } = require('./harness')
const { terminate, busy } = require('./terminate')
const { fakeSession } = require('./fake-session')
const { messages } = require('../support/fake-server')

const EVENTS = ['error', 'end', 'drain']

async function watched({ connect, log }, config) {
  return log.events(await connect(config), EVENTS)
}

const onFake = (context, script) => fakeSession(context, EVENTS, script)

const flags = (client) => [client._queryable, client._ending, client._ended]

parity('L-1: an idle client that the server terminates', async (context) => {
  const client = await watched(context)
  const ended = context.eventOf(client, 'end')
  await terminate(client)
  await ended
  context.log('flags', ...flags(client))
})

parity('L-1: the client is not queryable from the first error on', async (context) => {
  const { log } = context
  const client = await watched(context)
  const ended = context.eventOf(client, 'end')
  client.on('error', () => log('flags', ...flags(client)))
  await terminate(client)
  await ended
})

parity('L-2: an active query that the server terminates', async (context) => {
  const { log, eventOf, until } = context
  const client = await watched(context)
  const ended = eventOf(client, 'end')
  client.query('select pg_sleep(20)', log.callback('active'))
  await busy(client, until)
  await terminate(client)
  await ended
})

parity('L-2: queries that wait behind an active one that the server terminates', async (context) => {
  const { log, eventOf, until } = context
  const client = await watched(context)
  const ended = eventOf(client, 'end')
  client.query('select pg_sleep(20)', log.callback('active'))
  client.query('select 2', log.callback('second'))
  client.query('select $1::int', [3], log.callback('third'))
  await busy(client, until)
  await terminate(client)
  await ended
})

parity('L-2: a query that terminates its own session', async (context) => {
  const { outcome, eventOf, log } = context
  const client = await watched(context)
  const ended = eventOf(client, 'end')
  log('query', await outcome(client.query('select pg_terminate_backend(pg_backend_pid())')))
  await ended
})

parity('L-3: the socket closes under an active query', async (context) => {
  const client = await onFake(context, async (peer) => {
    await peer.expect('Q')
    peer.end()
  })
  const ended = context.eventOf(client, 'end')
  client.query('select 1', context.log.callback('active'))
  client.query('select 2', context.log.callback('queued'))
  client.query('select 3', context.log.callback('last'))
  await ended
})

parity('L-3: the socket closes between rows', async (context) => {
  const client = await onFake(context, async (peer) => {
    await peer.expect('Q')
    peer.end(messages.rowDescription(['a']), messages.dataRow(['1']))
  })
  const ended = context.eventOf(client, 'end')
  client.query('select 1', context.log.callback('active'))
  await ended
})

parity('L-3: the socket closes within a message', async (context) => {
  const client = await onFake(context, async (peer) => {
    await peer.expect('Q')
    peer.end(messages.rowDescription(['a']), messages.dataRow(['1']).subarray(0, 8))
  })
  const ended = context.eventOf(client, 'end')
  client.query('select 1', context.log.callback('active'))
  await ended
})

parity('L-3: the socket closes before the last ReadyForQuery', async (context) => {
  const client = await onFake(context, async (peer) => {
    await peer.expect('Q')
    peer.end(messages.rowDescription(['a']), messages.dataRow(['1']), messages.commandComplete('SELECT 1'))
  })
  const ended = context.eventOf(client, 'end')
  client.query('select 1', context.log.callback('active'))
  await ended
})

parity('L-3: an idle socket closes without a word', async (context) => {
  const client = await onFake(context, async (peer) => peer.end())
  await context.eventOf(client, 'end')
})

parity('L-3: promises of an active and a queued query', async (context) => {
  const { log, eventOf } = context
  const client = await onFake(context, async (peer) => {
    await peer.expect('Q')
    peer.end()
  })
  const ended = eventOf(client, 'end')
  const queries = [
    log.settle('active', client.query('select 1')),
    log.settle('queued', client.query('select 2')),
  ]
  await Promise.all([...queries, ended])
})

parity('L-4: the socket is reset under an active query', async (context) => {
  const client = await onFake(context, async (peer) => {
    await peer.expect('Q')
    peer.reset()
  })
  const ended = context.eventOf(client, 'end')
  client.query('select 1', context.log.callback('active'))
  client.query('select 2', context.log.callback('queued'))
  await ended
})

parity('L-4: an idle socket is reset', async (context) => {
  const client = await onFake(context, async (peer) => peer.reset())
  await context.eventOf(client, 'end')
})

parity('L-5: end() while a query is active ends it', async (context) => {
  const { log, eventOf, until } = context
  const client = await watched(context)
  const ended = eventOf(client, 'end')
  client.query('select pg_sleep(20)', log.callback('active'))
  client.query('select 2', log.callback('queued'))
  await busy(client, until)
  client.end(log.callback('end()'))
  await ended
})

parity('L-5: a reset during end() is no error', async (context) => {
  const client = await onFake(context, async (peer) => {
    await peer.expect('Q')
    peer.send(messages.answer(['a'], [['1']]))
    await peer.message()
    peer.reset()
  })
  await client.query('select 1')
  context.log('end()', await context.outcome(client.end()))
})

parity('L-7: a query after the loss is refused', async (context) => {
  const { outcome, eventOf, log, pg } = context
  const client = await watched(context)
  const ended = eventOf(client, 'end')
  await terminate(client)
  await ended
  log('promise', await outcome(client.query('select 1')))
  const callback = log.callback('callback')
  log('returned', client.query('select 1', callback))
  await callback.called
  const query = new pg.Query('select 1')
  client.query(query)
  log('event', ...(await eventOf(query, 'error')))
})

parity('EN-5, L-7: end() after the loss resolves', async (context) => {
  const { outcome, eventOf, log } = context
  const client = await watched(context)
  const ended = eventOf(client, 'end')
  await terminate(client)
  await ended
  log('end()', await outcome(client.end()))
})

parity('L-7: end() in the error event of the loss', async (context) => {
  const { eventOf, log } = context
  const client = await watched(context)
  const ended = eventOf(client, 'end')
  client.once('error', () => log.settle('end()', client.end()))
  await terminate(client)
  await ended
  await context.turn()
})

parity('L-8: a query after end() is refused', async (context) => {
  const { outcome, log } = context
  const client = await watched(context)
  const ended = client.end()
  log('while ending', await outcome(client.query('select 1')))
  await ended
  log('after the end', await outcome(client.query('select 1')))
  const callback = log.callback('callback')
  client.query('select 1', callback)
  await callback.called
})

parity(
  'a loss nobody listens for is an uncaught exception',
  async ({ connect }) => {
    const client = await connect()
    const uncaught = new Promise((resolve) => process.on('uncaughtException', resolve))
    await terminate(client)
    return uncaught
  },
  { child: {} }
)

parity('a loss inside a transaction loses its status', async (context) => {
  const { outcome, eventOf, log } = context
  const client = await watched(context)
  await client.query('begin')
  const ended = eventOf(client, 'end')
  log('query', await outcome(client.query('select pg_terminate_backend(pg_backend_pid())')))
  await ended
  log('after', await outcome(client.query('rollback')))
})

parity('idle_in_transaction_session_timeout ends the session with 25P03', async (context) => {
  const { eventOf } = context
  const client = await watched(context, { idle_in_transaction_session_timeout: 20 })
  const ended = eventOf(client, 'end')
  await client.query('begin')
  await ended
})

parity('a FATAL error before the goodbye of an idle fake server', async (context) => {
  const client = await onFake(context, async (peer) =>
    peer.end(messages.errorResponse({ S: 'FATAL', C: '57P01', M: 'going down' }))
  )
  await context.eventOf(client, 'end')
})

parity('an ERROR to an idle client, and the server stays', async (context) => {
  const { eventOf, outcome, log } = context
  const client = await onFake(context, async (peer) => {
    peer.send(messages.errorResponse({ S: 'ERROR', C: 'XX000', M: 'out of turn' }))
    await peer.gone()
  })
  await eventOf(client, 'error')
  log('later', await outcome(client.query('select 1')))
  log('end()', await outcome(client.end()))
})

parity('L-6b: an error report that comes during end() is an error event', async (context) => {
  const { log, eventOf } = context
  const client = await onFake(context, async (peer) => {
    while ((await peer.message()).type !== 'X');
    peer.end(messages.errorResponse({ S: 'FATAL', C: '57P01', M: 'too late' }))
  })
  const ended = eventOf(client, 'end')
  log('end()', await client.end())
  await ended
})
