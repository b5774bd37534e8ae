'use strict'

// Catalogue 2.6: connecting, seen from the client.

const net = require('net')
const { parity } = require('./harness')
const { startFakeServer, messages } = require('../support/fake-server')

const EVENTS = ['connect', 'end', 'error', 'drain']

parity('N-1: connect() resolves to the client', async ({ newClient }) => {
  const client = newClient()
  const promise = client.connect()
  return [promise instanceof Promise, (await promise) === client]
})

parity('N-1: connect(callback) returns undefined and hands over the client', async ({ newClient }) => {
  const client = newClient()
  let returned
  const args = await new Promise((resolve) => (returned = client.connect((...given) => resolve(given))))
  return [returned, args.length, args[0], args[1] === client]
})

parity.each([0, 1, null, undefined, false])(
  (value) => `N-1: connect(${value}) is connect()`,
  async ({ newClient }, value) => {
    const client = newClient()
    return (await client.connect(value)) === client
  }
)

parity('N-2: a second connect() is refused', async ({ connect, outcome, log }) => {
  const client = await connect()
  const promise = client.connect()
  const callback = log.callback('callback')
  const refused = await outcome(promise)
  log('returned', client.connect(callback))
  log('after the call')
  await callback.called
  return [refused, (await client.query('select 1 as n')).rows]
})

parity('N-2: a client that has ended can not connect again', async ({ newClient, outcome }) => {
  const client = newClient()
  await client.connect()
  await client.end()
  return outcome(client.connect())
})

parity('N-4: the callback comes before the connect event', async ({ newClient, log, eventOf }) => {
  const client = log.events(newClient(), EVENTS)
  const connected = eventOf(client, 'connect')
  client.connect((error) => log('callback', error, client.getTransactionStatus()))
  log('called')
  await connected
})

parity('N-4: the connect event has no arguments and comes once', async ({ newClient, log }) => {
  const client = newClient()
  client.on('connect', (...args) => log('connect', args.length))
  log.settle('connect()', client.connect())
  await client.query('select 1')
  await client.query('select 2')
})

parity('N-5: queries issued before connect() run after it, in order', async ({ newClient, log }) => {
  const client = newClient()
  const queries = [1, 2].map((n) =>
    log.settle(
      `query ${n}`,
      client.query('select $1::int as n', [n]).then((r) => r.rows)
    )
  )
  const last = log.callback('callback query')
  client.connect(log.callback('connected'))
  client.query('select 3 as n', (error, result) => last(error, result.rows))
  await Promise.all([...queries, last.called])
})

parity('N-5: queries issued while connecting', async ({ newClient, log }) => {
  const client = newClient()
  const connected = client.connect().then(() => log('connected'))
  const queries = [1, 2, 3].map((n) =>
    client.query('select $1::int as n', [n]).then((r) => log('rows', r.rows))
  )
  await Promise.all([connected, ...queries])
})

parity('N-5: queries issued in the connect callback and in the connect event', async ({ newClient, log }) => {
  const client = newClient()
  const done = log.callback('second')
  client.on('connect', () => client.query('select 2 as n', (error, result) => done(result.rows)))
  client.connect(() => client.query('select 1 as n', (error, result) => log('first', result.rows)))
  await done.called
})

parity('P-4: flags of a client through its life', async ({ newClient, log }) => {
  const client = newClient()
  const flags = (at) =>
    log(at, client._connecting, client._connected, client._queryable, client._ending, client._ended)
  flags('made')
  const promise = client.connect()
  flags('connecting')
  await promise
  flags('connected')
  const ended = client.end()
  log('ending', client._ending)
  await ended
  log('ended', client._ending, client._ended)
})

parity('P-1: processID and secretKey', async ({ newClient }) => {
  const client = newClient()
  const before = [client.processID, client.secretKey]
  await client.connect()
  const { pid } = (await client.query('select pg_backend_pid() as pid')).rows[0]
  return [
    before,
    client.processID === pid,
    Number.isInteger(client.secretKey),
    (client.secretKey | 0) === client.secretKey,
  ]
})

const refusedByServer = [
  ['a wrong password', { password: 'wrong' }],
  ['an unknown user', { user: 'parity_nobody', password: 'x' }],
  ['an unknown database', { database: 'parity_nowhere' }],
  ['a bad startup option', { options: '-c no_such_setting=1' }],
  ['a bad value of an option', { options: '-c work_mem=much' }],
]

// The failure, by promise, by callback, and the events around both. `env` has no PGPASSWORD that would help out.
async function fail({ newClient, log, eventOf, outcome }, config) {
  const client = log.events(newClient(config), EVENTS)
  const ended = eventOf(client, 'end')
  log('promise', await outcome(client.connect()))
  await ended
  const other = log.events(newClient(config), EVENTS, 'other ')
  const otherEnded = eventOf(other, 'end')
  const callback = log.callback('callback')
  other.connect(callback)
  await callback.called
  await otherEnded
}

parity.each(refusedByServer)(
  ([what]) => `N-6: ${what} fails the connect once, without an error event`,
  (context, [, config]) => fail(context, config)
)

parity('N-7: a refused port', async (context) => {
  const server = net.createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  const { outcome, newClient } = context
  const { rejected } = await outcome(newClient({ port }).connect())
  const { code, syscall, address, errno, message, name } = rejected
  return {
    code,
    syscall,
    address,
    errno,
    name,
    message: message.replace(port, 'PORT'),
    ofPort: rejected.port === port,
    keys: Object.keys(rejected).sort(),
  }
})

parity('N-7: a host that does not exist', async (context) => fail(context, { host: 'parity.invalid' }))

parity('N-7: a socket that does not exist', async (context) =>
  fail(context, { host: '/nonexistent/parity', port: 5432 })
)

const earlyEnds = [
  ['closes at once', async (peer) => peer.end()],
  ['resets after the startup', async (peer) => (await peer.startup(), peer.reset())],
  ['closes after the startup', async (peer) => (await peer.startup(), peer.end())],
  [
    'closes after asking for a password',
    async (peer) => (
      await peer.startup(),
      peer.send(messages.authenticationCleartextPassword()),
      await peer.expect('p'),
      peer.end()
    ),
  ],
  [
    'closes before it is ready',
    async (peer) => (
      await peer.startup(),
      peer.end(messages.authenticationOk(), messages.backendKeyData(1, 2))
    ),
  ],
  [
    'sends half an error and closes',
    async (peer) => (await peer.startup(), peer.end(messages.errorResponse({ M: 'cut' }).subarray(0, 12))),
  ],
  [
    'refuses and closes',
    async (peer) => (
      await peer.startup(),
      peer.end(messages.errorResponse({ S: 'FATAL', C: '53300', M: 'sorry, too many clients already' }))
    ),
  ],
  [
    'refuses as it starts up',
    async (peer) => (
      await peer.startup(),
      peer.end(messages.errorResponse({ S: 'FATAL', C: '57P03', M: 'the database system is starting up' }))
    ),
  ],
  [
    'refuses twice',
    async (peer) => (
      await peer.startup(),
      peer.end(
        messages.errorResponse({ C: '28000', M: 'first' }),
        messages.errorResponse({ C: '28000', M: 'second' })
      )
    ),
  ],
  [
    'refuses in an old format',
    async (peer) => (
      await peer.startup(),
      peer.end(messages.frame('E', Buffer.from('Mold\0'), Buffer.from([0])))
    ),
  ],
]

parity.each(earlyEnds)(
  ([what]) => `N-6: a server that ${what} fails the connect once`,
  async (context, [, script]) => {
    const server = await startFakeServer(script)
    const { outcome, newClient, log, eventOf, defer } = context
    defer(() => server.close())
    const client = log.events(newClient({ host: server.host, port: server.port }), EVENTS)
    const ended = eventOf(client, 'end')
    log('connect', await outcome(client.connect()))
    await ended
  }
)

parity(
  'N-8: connectionTimeoutMillis ends the wait for a mute server',
  async ({ newClient, outcome, log, eventOf, defer }) => {
    const server = await startFakeServer((peer) => peer.gone())
    defer(() => server.close())
    const client = log.events(
      newClient({ host: server.host, port: server.port, connectionTimeoutMillis: 30 }),
      EVENTS
    )
    const ended = eventOf(client, 'end')
    log('connect', await outcome(client.connect()))
    await ended
  }
)

parity(
  'N-8: connectionTimeoutMillis ends the wait for a password exchange',
  async ({ newClient, outcome, log, eventOf, defer }) => {
    const server = await startFakeServer(async (peer) => {
      await peer.startup()
      peer.send(messages.authenticationCleartextPassword())
      await peer.gone()
    })
    defer(() => server.close())
    const client = log.events(
      newClient({ host: server.host, port: server.port, connectionTimeoutMillis: 30 }),
      EVENTS
    )
    const ended = eventOf(client, 'end')
    log('connect', await outcome(client.connect()))
    await ended
  }
)

parity(
  'N-8: a connect within connectionTimeoutMillis leaves no timer behind',
  async ({ newClient, turn }) => {
    const client = newClient({ connectionTimeoutMillis: 600 })
    await client.connect()
    await client.query('select pg_sleep(0.65)')
    await turn()
    return (await client.query('select 1 as n')).rows
  }
)

parity('a failed connect lets queued queries fail', async ({ newClient, log, eventOf, outcome }) => {
  const client = log.events(newClient({ password: 'wrong' }), EVENTS)
  const ended = eventOf(client, 'end')
  const query = log.settle('query', client.query('select 1'))
  log('connect', await outcome(client.connect()))
  await Promise.all([query, ended])
})

parity('a failed connect, then end()', async ({ newClient, log, outcome }) => {
  const client = log.events(newClient({ password: 'wrong' }), EVENTS)
  log('connect', await outcome(client.connect()))
  log('end', await outcome(client.end()))
  log('end again', await outcome(client.end()))
})

parity('SP, O-14 to O-17: parameters of the startup reach the session', async ({ connect }) => {
  const client = await connect({
    application_name: 'parity é',
    statement_timeout: 5000,
    lock_timeout: '4000.7',
    idle_in_transaction_session_timeout: 3000.9,
    options: '-c search_path=pg_catalog -c work_mem=5MB',
  })
  const names = [
    'application_name',
    'statement_timeout',
    'lock_timeout',
    'idle_in_transaction_session_timeout',
    'search_path',
    'work_mem',
    'client_encoding',
    'datestyle',
    'timezone',
  ]
  const seen = []
  for (const name of names)
    seen.push([name, (await client.query('select current_setting($1) as v', [name])).rows[0].v])
  return seen
})

// What follows looks at the rejection alone: pg leaves the socket open after these, oxpg closes it.
const password =
  (config) =>
  ({ newClient, outcome, defer }) => {
    const client = newClient(config)
    defer(() => client.connection?.stream?.destroy())
    return outcome(client.connect())
  }

parity.each([
  ['an empty password', { password: '' }],
  ['a password function that throws', { password: () => { throw new RangeError('no secret today') } }], // prettier-ignore
  ['a password function that rejects', { password: async () => { throw new RangeError('no secret today') } }], // prettier-ignore
  ['a password function that gives a number', { password: () => 5 }],
  ['a password function that gives null', { password: async () => null }],
  ['a password function that gives an empty string', { password: () => '' }],
  ['a password that is a number', { password: 5 }],
])(
  ([what]) => `A-3: ${what} fails the connect`,
  (context, [, config]) => password(config)(context)
)

parity.each([
  ['a function', (secret) => () => secret],
  ['an async function', (secret) => async () => secret],
  [
    'a function that takes its time',
    (secret) => () => new Promise((resolve) => setImmediate(resolve, secret)),
  ],
])(
  ([what]) => `A-3, O-2: a password from ${what}`,
  async ({ newClient, config, log }, [, make]) => {
    const give = make(config.password)
    const client = newClient({
      password(...args) {
        log('asked', args.length, args[0].user, args[0].port)
        return give()
      },
    })
    await client.connect()
    log(
      'connected',
      typeof client.password,
      client.password === config.password,
      client.connectionParameters.password === config.password
    )
  }
)

parity('A-3: the password function is asked for each client of a pool', async ({ newPool, config, log }) => {
  const pool = newPool({ max: 2, password: () => (log('asked'), config.password) })
  const clients = await Promise.all([pool.connect(), pool.connect()])
  clients.forEach((client) => client.release())
  await pool.query('select 1')
})

parity('N-10: a message that is none fails the connect', async ({ newClient, outcome, defer }) => {
  const server = await startFakeServer(async (peer) => {
    await peer.startup()
    peer.send(messages.frame('?', Buffer.from('garbage')))
    await peer.gone()
  })
  defer(() => server.close())
  const client = newClient({ host: server.host, port: server.port })
  const { rejected } = await outcome(client.connect())
  defer(() => client.connection?.stream?.destroy())
  return [rejected.constructor.name, rejected.message]
})
