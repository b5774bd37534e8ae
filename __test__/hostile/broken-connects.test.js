'use strict'

const { newClient, openPool, after, failureOf } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')
const { startFakeServer, messages: m } = require('../support/fake-server')
const { settles, until } = require('../support/until')

const bytes = (...values) => Buffer.from(values)
const HTTP = Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')
const MYSQL = Buffer.from('\x4a\0\0\0\x0a8.0.36\0\x08\0\0\0abcdefgh\0\xff\xf7\xff\x02\0', 'latin1')
const ZEROS = Buffer.alloc(64)

// What a server says instead of a welcome, and then closes. `hostile` ones pg itself does not survive.
const GREETINGS = {
  'nothing at all': Buffer.alloc(0),
  'the answer of a web server': HTTP,
  'the greeting of MySQL': MYSQL,
  'half a message': m.authenticationOk().subarray(0, 6),
  'half a welcome': m.welcome().subarray(0, 40),
  'only zeros': ZEROS,
  'an unknown message': m.frame('\x7f', Buffer.from('what')),
  'a length below the length of a length': bytes(0x52, 0, 0, 0, 3, 0, 0, 0, 0),
  'a negative length': bytes(0x52, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0),
  'an authentication request cut short': m.frame('R', bytes(0, 0)),
  'an authentication method that nobody knows': m.authentication(99),
  Kerberos: m.authentication(2),
  GSSAPI: m.authentication(7),
  'SASL with an unknown mechanism only': m.authenticationSASL(['MAGIC-1']),
  'SASL with no mechanism': m.authenticationSASL([]),
  'a salt that is too short': m.frame('R', m.int32(5), bytes(1, 2)),
  'the end of SASL before its beginning': m.authenticationSASLFinal('v=AAAA'),
  'a parameter status without an end': Buffer.concat([
    m.authenticationOk(),
    m.frame('S', Buffer.from('server_version')),
  ]),
  'a key that is too short': Buffer.concat([m.authenticationOk(), m.frame('K', bytes(1, 2, 3))]),
  'a ready message without a status': Buffer.concat([m.authenticationOk(), m.frame('Z')]),
  'an error without an end': m.frame('E', Buffer.from('SFATAL\0C57P03\0Mno')),
  'an error without fields': m.frame('E', bytes(0)),
  'another protocol version': m.negotiateProtocolVersion(2, ['_pq_.magic']),
}

const greet = (greeting) =>
  startFakeServer(async (peer) => {
    await peer.startup()
    peer.end(greeting)
  })

describe.each(Object.entries(GREETINGS))('a server that says %s', (_, greeting) => {
  onlyOxpg('is a clear error of connect(), and no socket stays open', async () => {
    const server = await greet(greeting)
    after(() => server.close())
    const client = newClient(server.config)
    client.on('error', () => {})
    const error = await settles('connect()', failureOf(client.connect()))
    expect(error.message).toMatch(/\w{4}/)
    await until('the socket is closed', () => server.open === 0)
  })

  onlyOxpg('leaks no slot of a pool', async () => {
    const server = await greet(greeting)
    after(() => server.close())
    const pool = openPool({ ...server.config, max: 2 })
    const all = Promise.all(Array.from({ length: 6 }, () => failureOf(pool.connect())))
    await settles('all checkouts', all)
    expect([pool.totalCount, pool.idleCount, pool.waitingCount]).toEqual([0, 0, 0])
  })
})

// These stay connected: without a look at the length, the client would wait for the rest for ever, or take the memory.
onlyOxpg('a gigantic length is an error at once, not a wait for two gigabytes', async () => {
  const server = await startFakeServer(async (peer) => {
    await peer.startup()
    peer.send(bytes(0x52, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0))
  })
  after(() => server.close())
  const error = await settles('connect()', failureOf(newClient(server.config).connect()))
  expect(error.message).toMatch(/length|size|long|large|invalid/i)
  await until('the socket is closed', () => server.open === 0)
})

onlyOxpg('the answer of a web server that keeps the connection open is an error at once', async () => {
  const server = await startFakeServer(async (peer) => {
    await peer.startup()
    peer.send(HTTP, ZEROS)
  })
  after(() => server.close())
  await settles('connect()', failureOf(newClient(server.config).connect()))
  await until('the socket is closed', () => server.open === 0)
})

test('an unknown message is named by its byte', async () => {
  const server = await greet(m.frame('\x7f', Buffer.from('what')))
  after(() => server.close())
  const client = newClient(server.config)
  client.on('error', () => {})
  const error = await settles('connect()', failureOf(client.connect()))
  expect(error.message).toBe('received invalid response: 7f')
})

test('a server that closes at once is an error of connect()', async () => {
  const server = await startFakeServer(async (peer) => peer.destroy())
  after(() => server.close())
  const error = await settles('connect()', failureOf(newClient(server.config).connect()))
  expect(['Connection terminated unexpectedly', 'read ECONNRESET']).toContain(error.message)
})

test('an error of the server during startup is handed on with its fields', async () => {
  const fields = {
    S: 'FATAL',
    C: '57P03',
    M: 'the database system is starting up',
    F: 'postmaster.c',
    L: '2350',
  }
  const server = await greet(m.errorResponse(fields))
  after(() => server.close())
  const error = await settles('connect()', failureOf(newClient(server.config).connect()))
  expect(error).toMatchObject({
    code: '57P03',
    severity: 'FATAL',
    message: fields.M,
    file: fields.F,
    line: '2350',
  })
})
