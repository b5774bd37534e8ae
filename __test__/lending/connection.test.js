'use strict'

// Catalogue 5.2: pg.Connection on its own, over a socket of Node's.

const net = require('node:net')
const { parity } = require('../parity/harness')
const { createAuthority } = require('../support/certificates')
const { startFakeServer, messages } = require('../support/fake-server')
const { startPostgres } = require('../support/postgres')

const EVENTS = ['connect', 'sslconnect', 'error', 'end', 'message']

/** A Connection whose events are logged; it is destroyed after the case. */
function newConnection({ pg, log, defer }, config) {
  const connection = log.events(new pg.Connection(config), EVENTS)
  defer(() => connection.stream.destroy())
  return connection
}

async function fakeServer({ defer }, script) {
  const server = await startFakeServer(script)
  defer(() => server.close())
  return server
}

parity('E-4: what a Connection has before it is connected', ({ pg }) => {
  const connection = new pg.Connection({ keepAlive: true, keepAliveInitialDelayMillis: 5, ssl: false })
  const { parsedStatements, submittedNamedStatements, ssl, sslNegotiation, _ending, _keepAlive } = connection
  const { _keepAliveInitialDelayMillis, _emitMessage, stream } = connection
  connection.on('message', () => {})
  return [
    [parsedStatements, submittedNamedStatements, ssl, sslNegotiation, _ending, _keepAlive],
    [_keepAliveInitialDelayMillis, _emitMessage, connection._emitMessage, stream instanceof net.Socket],
    [stream.writable, connection.constructor.name],
  ]
})

parity('E-4: a Connection takes a stream, or makes one by a function', ({ pg, log }) => {
  const stream = new net.Socket()
  log('given', new pg.Connection({ stream }).stream === stream)
  const config = { stream: (given) => (log('called with its config', given === config), stream) }
  return new pg.Connection(config).stream === stream
})

parity('E-4: a Connection speaks the protocol by hand', async (context) => {
  const server = await fakeServer(context, async (peer) => {
    context.log('startup', await peer.startup())
    peer.send(messages.authenticationCleartextPassword())
    for (;;) {
      const { type, body } = await peer.message()
      context.log(`got ${type}`, body.toString('latin1'))
      if (type === 'p') peer.send(messages.welcome())
      if (type === 'S') peer.send(messages.answer(['a'], [['1']]))
      if (type === 'X') return peer.end()
    }
  })
  const connection = newConnection(context, {})
  connection.connect(server.port, server.host)
  await context.eventOf(connection, 'connect')
  connection.startup({ user: 'u', database: 'd' })
  await context.eventOf(connection, 'authenticationCleartextPassword')
  connection.password('secret')
  await context.eventOf(connection, 'readyForQuery')
  connection.query('SELECT 1')
  connection.parse({ text: 'SELECT $1', name: 'n', types: [23] })
  connection.bind({ portal: 'p', statement: 'n', values: ['1', null], binary: true })
  connection.describe({ type: 'P', name: 'p' })
  connection.execute({ portal: 'p', rows: 5 })
  connection.close({ type: 'S', name: 'n' })
  connection.flush()
  connection.sendCopyFromChunk(Buffer.from('data'))
  connection.endCopyFrom()
  connection.sendCopyFail('no')
  connection.sendSASLInitialResponseMessage('MECHANISM', 'response')
  connection.sendSCRAMClientFinalMessage('final')
  connection.sync()
  await context.eventOf(connection, 'readyForQuery')
  connection.ref()
  connection.unref()
  connection.end()
  await context.eventOf(connection, 'end')
  return connection._ending
})

parity('E-4: a Connection that is refused', async (context) => {
  const connection = newConnection(context, {})
  connection.connect('/nowhere/.s.PGSQL.5432')
  await context.eventOf(connection, 'end')
})

parity.each([
  ['N', 'no TLS'],
  ['E', 'an error'],
])(
  ([, what]) => `T-1: a server that answers ${what} to a Connection that asks for TLS`,
  async (context, [answer]) => {
    const server = await fakeServer(context, async (peer) => {
      await peer.sslRequest()
      peer.send(Buffer.from(answer))
      await peer.gone()
    })
    const connection = newConnection(context, { ssl: true })
    connection.connect(server.port, server.host)
    await context.eventOf(connection, 'connect')
    connection.requestSsl()
    await context.eventOf(connection, 'error')
  }
)

describe('over TLS', () => {
  const authority = createAuthority()
  let server
  beforeAll(async () => {
    server = await startPostgres({ tls: authority.issue({ type: 'rsa' }) })
  })
  afterAll(() => server?.stop())

  for (const sslNegotiation of ['postgres', 'direct']) {
    parity(`T-2: a Connection upgrades itself, ${sslNegotiation}`, async (context) => {
      const { pg, log, eventOf, defer } = context
      const { host, port, user, database } = server.config
      const connection = new pg.Connection({ ssl: { rejectUnauthorized: false }, sslNegotiation })
      log.events(connection, ['error', 'sslconnect'])
      defer(() => connection.stream.destroy())
      connection.connect(port, host)
      if (sslNegotiation === 'postgres') {
        await eventOf(connection, 'connect')
        connection.requestSsl()
      }
      await eventOf(connection, 'sslconnect')
      connection.startup({ user, database })
      const [{ mechanisms }] = await eventOf(connection, 'authenticationSASL')
      return [mechanisms, connection.stream.encrypted, connection.stream.alpnProtocol]
    })
  }
})
