'use strict'

// Catalogue 2.10: how client.query may be called, what it returns at once and when its answers come.

const { parity } = require('./harness')

const forms = [
  ['(text)', (q) => q('select 1 as n')],
  ['(text, values)', (q) => q('select $1::int as n', [2])],
  ['(text, undefined)', (q) => q('select 1 as n', undefined)],
  ['(text, null)', (q) => q('select 1 as n', null)],
  ['(text, null, undefined)', (q) => q('select 1 as n', null, undefined)],
  ['(text, false)', (q) => q('select 1 as n', false)],
  ['(config)', (q) => q({ text: 'select 3 as n' })],
  ['(config, values)', (q) => q({ text: 'select $1::int as n' }, [4])],
  ['(config, null) keeps config.values', (q) => q({ text: 'select $1::int as n', values: [5] }, null)],
]

parity.each(forms)(
  ([form]) => `Q-1: ${form} returns a promise of a Result`,
  async ({ sharedClient, outcome }, [, call]) => {
    const client = await sharedClient()
    const returned = call((...args) => client.query(...args))
    return { isPromise: returned instanceof Promise, outcome: await outcome(returned) }
  }
)

const callbackForms = [
  ['(text, callback)', (q, cb) => q('select 1 as n', cb)],
  ['(text, values, callback)', (q, cb) => q('select $1::int as n', [2], cb)],
  ['(text, null, callback)', (q, cb) => q('select 1 as n', null, cb)],
  ['(text, undefined, callback)', (q, cb) => q('select 1 as n', undefined, cb)],
  ['(text, [], callback)', (q, cb) => q('select 1 as n', [], cb)],
  ['(config, callback)', (q, cb) => q({ text: 'select 3 as n' }, cb)],
  ['(config, values, callback)', (q, cb) => q({ text: 'select $1::int as n' }, [4], cb)],
  ['(config with a callback)', (q, cb) => q({ text: 'select 6 as n', callback: cb })],
  [
    '(config with values and a callback)',
    (q, cb) => q({ text: 'select $1::int as n', values: [7], callback: cb }),
  ],
  ['(config with a callback, values)', (q, cb) => q({ text: 'select $1::int as n', callback: cb }, [8])],
  ['(text, callback) that fails', (q, cb) => q('select wrong', cb)],
  ['(text, values, callback) that fails', (q, cb) => q('select $1::int', ['x'], cb)],
]

parity.each(callbackForms)(
  ([form]) => `Q-1: ${form} returns undefined and calls back once`,
  async ({ sharedClient, log }, [, call]) => {
    const client = await sharedClient()
    const callback = log.callback('callback')
    log(
      'returned',
      call((...args) => client.query(...args), callback)
    )
    await callback.called
    log('next', (await client.query('select 1 as n')).rows)
  }
)

parity('Q-3: a callback beside the config wins over config.callback', async ({ sharedClient, log }) => {
  const client = await sharedClient()
  const beside = log.callback('beside')
  client.query({ text: 'select 1 as n', callback: log.callback('in the config') }, beside)
  await beside.called
})

const refused = [
  ['nothing', []],
  ['undefined', [undefined]],
  ['null', [null]],
  ['null and a callback', [null, () => {}]],
  ['a callback that is a string', ['select 1', [], 'callback']],
  ['a callback that is an object', ['select 1', [], {}]],
  ['a config.callback that is no function', [{ text: 'select 1', callback: 'callback' }]],
]

parity.each(refused)(
  ([what]) => `Q-2: query of ${what} shows its error the same way`,
  async ({ connect, attempt, outcome }, [, args]) => {
    const client = await connect()
    const call = attempt(() => client.query(...args))
    if (call.threw) return call
    return { isPromise: call.returned instanceof Promise, outcome: await outcome(call.returned) }
  }
)

parity('Q-2: after a refused call the client answers the next query', async ({ sharedClient, attempt }) => {
  const client = await sharedClient()
  const refusals = [attempt(() => client.query(null)), attempt(() => client.query('select 1', [], 5))]
  return [refusals, (await client.query('select 2 as n')).rows]
})

parity('Q-3: the config of the caller is not touched', async ({ sharedClient }) => {
  const client = await sharedClient()
  const config = { text: 'select $1::int as n', values: [1], name: 'untouched', rowMode: 'array' }
  await client.query(config, [2])
  await new Promise((resolve) => client.query(config, [3], resolve))
  return config
})

parity('Q-3: a class instance with a getter on its prototype is a config', async ({ sharedClient }) => {
  class Statement {
    constructor(values) {
      this.values = values
    }
    get text() {
      return 'select $1::int as n'
    }
  }
  const client = await sharedClient()
  return [(await client.query(new Statement([9]))).rows, (await client.query(new Statement([9]), [10])).rows]
})

parity('Q-3: an own getter of a config is read', async ({ sharedClient }) => {
  const client = await sharedClient()
  const config = {
    get text() {
      return 'select 11 as n'
    },
  }
  return (await client.query(config)).rows
})

parity('Q-4: a Query gets the callback beside it', async ({ sharedClient, pg, log }) => {
  const client = await sharedClient()
  const query = new pg.Query('select 1 as n')
  const callback = log.callback('callback')
  log('same object', client.query(query, callback) === query)
  await callback.called
})

parity('Q-4: a Query takes the callback from the third place', async ({ sharedClient, pg, log }) => {
  const client = await sharedClient()
  const query = new pg.Query('select $1::int as n', [5])
  const callback = log.callback('callback')
  log('same object', client.query(query, undefined, callback) === query)
  await callback.called
})

parity('Q-4: a Query keeps the callback it has', async ({ sharedClient, pg, log }) => {
  const client = await sharedClient()
  const own = log.callback('own')
  client.query(new pg.Query('select 1 as n', own), log.callback('beside'))
  await own.called
})

parity('Q-9: queries of one turn run in order, one at a time', async ({ connect, log }) => {
  const client = await connect()
  const last = log.callback('third')
  client.query('select 1 as n', log.callback('first'))
  log.settle('second', client.query('select pg_sleep(0.01), 2 as n'))
  client.query('select $1::int as n', [3], last)
  await last.called
})

parity('Q-9: an error between queries leaves the others alone', async ({ connect, log }) => {
  const client = await connect()
  await Promise.all([
    log.settle('first', client.query('select 1 as n')),
    log.settle('broken', client.query('select 1/0')),
    log.settle('values', client.query('select $1::int', ['x'])),
    log.settle('refused', client.query({})),
    log.settle('last', client.query('select 2 as n')),
  ])
})

parity('Q-10: a refused query answers in a later tick, never at once', async ({ connect, log, turn }) => {
  const client = await connect()
  client.query({ text: 'select 1', values: 'no array' }, log.callback('callback'))
  log('after the call')
  process.nextTick(() => log('tick'))
  await turn()
  log('next', (await client.query('select 1 as n')).rows)
})

parity(
  'Q-11: what a success callback throws is an uncaught exception, and the client goes on',
  async ({ connect, log, eventOf }) => {
    const client = await connect()
    process.on('uncaughtException', (error) => log('uncaught', error))
    const drained = eventOf(client, 'drain')
    client.query('select 1 as n', () => {
      log('callback')
      throw new Error('thrown by the callback')
    })
    const second = log.callback('second')
    client.query('select 2 as n', second)
    await second.called
    await drained
    log('third', (await client.query('select 3 as n')).rows)
  },
  { child: {} }
)

parity(
  'Q-12: an error answers before its ReadyForQuery, and a query issued there is served',
  async ({ connect, log }) => {
    const client = await connect()
    await client.query('begin')
    const nested = log.callback('nested')
    client.query('select 1/0', (error) => {
      log('error', error.code, client.getTransactionStatus())
      client.query('rollback', nested)
    })
    await nested.called
    log('status', client.getTransactionStatus())
  }
)

parity('Q-12: the status is new when the query after an error answers', async ({ connect, log }) => {
  const client = await connect()
  await client.query('begin')
  await log.settle('broken', client.query('select 1/0'))
  await log.settle('refused', client.query('select 1'))
  log('status', client.getTransactionStatus())
  await client.query('rollback')
  log('status', client.getTransactionStatus())
})

parity('Q-13: a query issued in a callback runs after those already waiting', async ({ connect, log }) => {
  const client = await connect()
  const nested = log.callback('nested')
  client.query('select 1 as n', () => {
    log('first')
    client.query('select 3 as n', nested)
  })
  client.query('select 2 as n', log.callback('second'))
  await nested.called
})

parity('Q-13: a promise resolves before the next query answers', async ({ connect, log }) => {
  const client = await connect()
  const first = client.query('select 1 as n').then(() => log('first'))
  const second = client.query('select 2 as n').then(() => log('second'))
  await Promise.all([first, second])
})

parity('two hundred queries of one turn all answer in order', async ({ connect }) => {
  const client = await connect()
  const numbers = Array.from({ length: 200 }, (_, i) => i)
  const results = await Promise.all(numbers.map((i) => client.query('select $1::int as n', [i])))
  return results.map((result) => result.rows[0].n)
})

parity('query keeps its caller in an async context', async ({ connect }) => {
  const { AsyncLocalStorage } = require('async_hooks')
  const storage = new AsyncLocalStorage()
  const client = await connect()
  const seen = (store) =>
    storage.run(store, async () => [(await client.query('select 1')) && storage.getStore()])
  return Promise.all([seen('a'), seen('b'), seen('c')])
})

// Each gives a client that takes no queries, and why.
const closedDoors = [
  [
    'that has ended',
    async ({ connect }) => {
      const client = await connect()
      await client.end()
      return client
    },
  ],
  [
    'that is ending',
    async ({ connect }) => {
      const client = await connect()
      client.end()
      return client
    },
  ],
  [
    'that lost its session',
    async ({ connect, eventOf }) => {
      const client = await connect()
      client.on('error', () => {})
      const ended = eventOf(client, 'end')
      client.connection.stream.destroy()
      await ended
      return client
    },
  ],
]

parity.each(closedDoors)(
  ([what]) => `Q-8: a client ${what} refuses in the next tick, whoever asks`,
  async (context, [, shut]) => {
    const { log, pg, turn } = context
    const client = await shut(context)
    client.query('select 1', (error) => log('callback', error))
    const query = new pg.Query('select 1')
    query.on('error', (error) => log('Query', error))
    client.query(query)
    const submittable = { submit: () => log('submit'), handleError: (error) => log('Submittable', error) }
    log('same object', client.query(submittable) === submittable)
    const promise = log.settle('promise', client.query('select 1'))
    process.nextTick(() => log('the next tick'))
    log('called')
    await promise
    await turn()
  }
)
