'use strict'

// Catalogue 5.1: what a Client does with any object that has a `submit`.

const { parity } = require('../parity/harness')
const { fakeSession } = require('../parity/fake-session')
const { openClient } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')
const { messages } = require('../support/fake-server')

const HOOKS = [
  'handleRowDescription',
  'handleDataRow',
  'handlePortalSuspended',
  'handleEmptyQuery',
  'handleCommandComplete',
  'handleCopyInResponse',
  'handleCopyData',
  'handleError',
  'handleReadyForQuery',
]

/** A Submittable that logs what it is told; hooks can be replaced, or left out by `undefined`. */
function submittable({ log }, submit, replaced = {}) {
  const query = { submit }
  for (const hook of HOOKS) {
    query[hook] = (...args) => log(hook, ...args.map((arg) => (arg?.parsedStatements ? 'connection' : arg)))
  }
  return Object.assign(query, replaced)
}

const ofText = (text) => (connection) => {
  connection.query(text)
}

parity('5.1: a simple query of several statements, hook by hook', async (context) => {
  const client = await context.connect()
  const text = "SELECT 1 AS a, NULL AS b; SELECT 'é' AS c WHERE false; CREATE TEMP TABLE lent (a int)"
  const query = submittable(context, ofText(text))
  context.log('returned', client.query(query) === query)
  return (await client.query('SELECT 2 AS next')).rows
})

parity('5.1: an extended query with pages, hook by hook', async (context) => {
  const client = await context.connect()
  const query = submittable(
    context,
    (connection) => {
      connection.parse({ text: 'SELECT generate_series(1, 3) AS n', name: '' }, true)
      connection.bind({ portal: 'p', values: [] }, true)
      connection.describe({ type: 'P', name: 'p' }, true)
      connection.execute({ portal: 'p', rows: 2 }, true)
      connection.flush()
    },
    {
      handlePortalSuspended(connection) {
        context.log('suspended')
        connection.execute({ portal: 'p', rows: 2 })
        connection.close({ type: 'P', name: 'p' })
        connection.sync()
      },
    }
  )
  client.query(query)
  return (await client.query('SELECT 2 AS next')).rows
})

parity('5.1: handleReadyForQuery is not called after an error', async (context) => {
  const client = await context.connect()
  client.query(submittable(context, ofText('SELECT 1 / 0')))
  const rows = (await client.query('SELECT 2 AS next')).rows
  client.query(submittable(context, ofText('SELECT 1; SELECT 1 / 0; SELECT 3')))
  return [rows, (await client.query('SELECT 4 AS next')).rows, client.getTransactionStatus()]
})

parity('5.1: an empty query', async (context) => {
  const client = await context.connect()
  client.query(submittable(context, ofText('')))
  return (await client.query('SELECT 2 AS next')).rows
})

parity('5.1: an error that submit() returns comes to handleError, and the queue goes on', async (context) => {
  const client = await context.connect()
  client.query(submittable(context, () => new Error('not today')))
  return (await client.query('SELECT 2 AS next')).rows
})

parity('Q-4, Q-7: callback, types and binary are given to a Submittable', async (context) => {
  const client = await context.connect({ binary: true })
  const query = submittable(context, ofText('SELECT 1'), { _result: {} })
  const callback = () => {}
  client.query(query, callback)
  const later = submittable(context, ofText('SELECT 2'), { callback, _result: { _types: 'own' } })
  client.query(later, [], () => {})
  await client.query('SELECT 3')
  return [
    query.callback === callback,
    query.binary,
    query._result._types === client._types,
    later.callback === callback,
    later._result._types,
  ]
})

parity('5.1: the hooks of the Client come before the listeners of the connection', async (context) => {
  const client = await context.connect()
  const { connection } = client
  const names = ['rowDescription', 'dataRow', 'commandComplete', 'readyForQuery', 'errorMessage', 'message']
  for (const name of names) connection.on(name, (message) => context.log(`on ${name}`, message.name))
  client.query(submittable(context, ofText('SELECT 1')))
  await context.until(() => context.log.count('on readyForQuery') === 1)
  client.query(submittable(context, ofText('SELECT 1 / 0')))
  await context.until(() => context.log.count('on readyForQuery') === 2)
})

parity('E-4: every message of an extended query is an event of the connection', async (context) => {
  const client = await context.connect()
  client.connection.on('message', (message) => context.log('message', message))
  client.query(
    submittable(context, (connection) => {
      connection.parse({ text: 'SELECT $1::int AS a', name: 'named', types: [23] })
      connection.describe({ type: 'S', name: 'named' })
      connection.bind({ statement: 'named', values: ['1'] })
      connection.describe({ type: 'P', name: '' })
      connection.execute({})
      connection.close({ type: 'S', name: 'named' })
      connection.sync()
    })
  )
  await context.until(() => context.log.count('handleReadyForQuery') === 1)
})

parity(
  'EV: notices, notifications and parameters reach everybody while a Submittable is active',
  async (context) => {
    const client = context.log.events(await context.connect(), ['notice', 'notification'])
    for (const name of ['notice', 'notification', 'parameterStatus']) {
      client.connection.on(name, (message) => context.log(`connection ${name}`, message.name))
    }
    const text =
      "LISTEN lent; DO $$ BEGIN RAISE NOTICE 'hear'; END $$; SET application_name = 'lent'; NOTIFY lent, 'x'"
    const { processID } = client
    client.on('notification', (message) => context.log('mine', message.processId === processID))
    client.removeAllListeners('notification')
    client.on('notification', ({ channel, payload }) => context.log('notification', channel, payload))
    client.removeAllListeners('notice')
    client.on('notice', ({ message, severity }) => context.log('notice', severity, message))
    client.query(submittable({ log: () => {} }, ofText(text)))
    await context.until(() => context.log.count('connection notification') === 1)
    return (await client.query('SELECT 2 AS next')).rows
  }
)

parity('PS-1: a named statement that a Submittable parses is known afterwards', async (context) => {
  const client = await context.connect()
  const query = submittable(
    context,
    (connection) => {
      connection.submittedNamedStatements.lent = query.text
      connection.parse({ text: query.text, name: 'lent' })
      connection.bind({ statement: 'lent', values: ['5'] })
      connection.execute({})
      connection.sync()
    },
    { name: 'lent', text: 'SELECT $1::int AS n' }
  )
  client.query(query)
  await context.until(() => context.log.count('handleReadyForQuery') === 1)
  const { parsedStatements, submittedNamedStatements } = client.connection
  context.log('known', { ...parsedStatements }, { ...submittedNamedStatements })
  context.log('used', (await client.query({ name: 'lent', text: query.text, values: [6] })).rows)
  return context.outcome(client.query({ name: 'lent', text: 'SELECT $1::int AS other', values: [6] }))
})

for (const hook of [
  'handleRowDescription',
  'handleDataRow',
  'handleCommandComplete',
  'handleReadyForQuery',
]) {
  parity(
    `5.1: a Submittable without ${hook} throws`,
    async (context) => {
      const client = await context.connect()
      const thrown = new Promise((resolve) => process.once('uncaughtException', resolve))
      client.query(submittable({ log: () => {} }, ofText('SELECT 1'), { [hook]: undefined }))
      const { message } = await thrown
      // pg's client never comes back from some of these.
      if (context.side === 'ours') await client.query('SELECT 2')
      return message.replace(/^\w+/, 'query')
    },
    { child: {} }
  )
}

onlyOxpg('DV-60: a Submittable that asks for two answers ends with the second', async () => {
  const client = await openClient()
  const tags = []
  let ended = 0
  const query = submittable(
    { log: () => {} },
    (connection) => {
      connection.query('SELECT 1')
      connection.query('SELECT 2 WHERE false')
    },
    { handleCommandComplete: ({ text }) => tags.push(text), handleReadyForQuery: () => ended++ }
  )
  client.query(query)
  expect((await client.query('SELECT 3 AS next')).rows).toEqual([{ next: 3 }])
  expect([tags, ended]).toEqual([['SELECT 1', 'SELECT 0'], 1])
})

const strays = [
  ['rowDescription', messages.rowDescription(['a'])],
  ['dataRow', messages.dataRow(['1'])],
  ['commandComplete', messages.commandComplete('SELECT 1')],
  ['copyInResponse', messages.copyInResponse()],
  ['copyData', messages.copyData('x')],
  ['portalSuspended', messages.portalSuspended()],
  ['emptyQuery', messages.emptyQuery()],
  ['parseComplete', messages.parseComplete()],
]

parity.each(strays)(
  ([name]) => `L-6: a stray ${name} behind the error of a Submittable makes the client useless`,
  async (context, [, bytes]) => {
    const client = await fakeSession(context, ['error', 'end'], async (peer) => {
      await peer.expect('Q')
      peer.send(messages.errorResponse({ M: 'no' }), bytes)
      await peer.gone()
    })
    client.query(submittable(context, ofText('SELECT 1')))
    await context.until(() => context.log.count('error') === 1)
    context.log('queryable', client._queryable)
    context.log('later', await context.outcome(client.query('SELECT 1')))
    await client.end()
  }
)

parity('5.1: what comes byte by byte', async (context) => {
  const client = await fakeSession(context, ['error', 'notification'], async (peer) => {
    await peer.expect('Q')
    const bytes = Buffer.concat([
      messages.notification(5, 'channel', 'before'),
      messages.answer(
        ['a', 'b'],
        [
          ['1', 'é'],
          [null, ''],
        ]
      ),
      messages.notification(5, 'channel', 'after'),
    ])
    for (const byte of bytes) {
      peer.send(Buffer.from([byte]))
      await new Promise((resolve) => setImmediate(resolve))
    }
    await peer.expect('Q')
    peer.send(messages.answer(['n'], [['next']]))
    await peer.expect('X')
  })
  client.query(submittable(context, ofText('SELECT 1')))
  await context.until(() => context.log.count('notification') === 2)
  return (await client.query('SELECT 2')).rows
})

parity('5.1: a notification is cut in half by the end of the answer and the next query', async (context) => {
  const half = messages.notification(5, 'channel', 'in two pieces')
  const client = await fakeSession(context, ['error', 'notification'], async (peer) => {
    await peer.expect('Q')
    peer.send(messages.answer(['a'], [['1']]), half.subarray(0, 7))
    await peer.expect('Q')
    peer.send(half.subarray(7), messages.answer(['n'], [['next']]))
    await peer.expect('X')
  })
  client.query(submittable(context, ofText('SELECT 1')))
  return (await client.query('SELECT 2')).rows
})
