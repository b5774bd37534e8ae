'use strict'

const { newClient, openPool, after, failureOf } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')
const { startFakeServer, messages: m } = require('../support/fake-server')
const { settles, until } = require('../support/until')

const bytes = (...values) => Buffer.from(values)
const join = (...chunks) => Buffer.concat(chunks)
const row = m.dataRow(['x'])
const described = m.rowDescription(['a'])

// What a server says in answer to a query, and then closes: a clear error each, and the session is never used again.
const ANSWERS = {
  nothing: Buffer.alloc(0),
  garbage: Buffer.from('HTTP/1.1 200 OK\r\n\r\n<html>'),
  'half a message': join(described, row.subarray(0, 5)),
  'a result without its end': join(described, row, row),
  'a row without a description': join(row, m.commandComplete('SELECT 1'), m.readyForQuery()),
  'an unknown message': m.frame('\x01', Buffer.from('?')),
  'a length below the length of a length': join(described, bytes(0x44, 0, 0, 0, 2)),
  'a negative length': join(described, bytes(0x44, 0x80, 0, 0, 0)),
  'a row with a field longer than the row': join(
    described,
    m.frame('D', m.int16(1), m.int32(1000), Buffer.from('x'))
  ),
  'a row with a field of negative length': join(
    described,
    m.frame('D', m.int16(1), m.int32(-2), Buffer.from('x'))
  ),
  'a row with more fields than it has bytes': join(described, m.frame('D', m.int16(0x7fff))),
  'a row with more fields than were described': join(described, m.dataRow(['x', 'y', 'z'])),
  'a row with fewer fields than were described': join(m.rowDescription(['a', 'b']), m.dataRow(['x'])),
  'a row without a count': join(described, m.frame('D')),
  'a description that promises more columns than it holds': m.frame('T', m.int16(3), m.cstring('a')),
  'a description with a name without an end': m.frame('T', m.int16(1), Buffer.from('abc')),
  'a completion without an end': join(described, m.frame('C', Buffer.from('SELECT 1'))),
  'an authentication request': m.authenticationCleartextPassword(),
  'a parameter status cut short': m.frame('S', Buffer.from('x')),
  'a notification cut short': m.frame('A', bytes(0, 0)),
  'a copy response cut short': m.frame('G', bytes(0)),
}

const answering = (answer) =>
  startFakeServer(async (peer) => {
    await peer.welcome()
    await peer.expect('Q')
    peer.end(answer)
  })

describe.each(Object.entries(ANSWERS))('a server that answers a query with %s', (_, answer) => {
  onlyOxpg('makes the query fail with a clear error, and the client unusable', async () => {
    const server = await answering(answer)
    after(() => server.close())
    const client = newClient(server.config)
    client.on('error', () => {})
    await client.connect()
    const error = await settles('the query', failureOf(client.query('SELECT 1')))
    expect(error.message).toMatch(/\w{4}/)
    await until('the socket is closed', () => server.open === 0)
    await failureOf(client.query('SELECT 1'))
  })

  onlyOxpg('costs a pool that session, and no slot', async () => {
    const server = await answering(answer)
    after(() => server.close())
    const pool = openPool({ ...server.config, max: 2 })
    pool.on('error', () => {})
    await settles('all', Promise.all(Array.from({ length: 6 }, () => failureOf(pool.query('SELECT 1')))))
    await until('every slot is free', () => pool.totalCount === 0)
    expect([pool.idleCount, pool.waitingCount]).toEqual([0, 0])
    expect(server.accepted).toBe(6)
    await until('all sockets are closed', () => server.open === 0)
  })
})

onlyOxpg('a gigantic length in the middle of a result is an error at once', async () => {
  const server = await startFakeServer(async (peer) => {
    await peer.welcome()
    await peer.expect('Q')
    peer.send(described, bytes(0x43, 0x7f, 0xff, 0xff, 0xff, 0, 0))
  })
  after(() => server.close())
  const client = newClient(server.config)
  client.on('error', () => {})
  await client.connect()
  const error = await settles('the query', failureOf(client.query('SELECT 1')))
  expect(error.message).toMatch(/length|size|long|large|invalid/i)
})

onlyOxpg('a description of 65,535 columns without any of them is an error', async () => {
  const server = await answering(m.frame('T', bytes(0xff, 0xff)))
  after(() => server.close())
  const client = newClient(server.config)
  client.on('error', () => {})
  await client.connect()
  await settles('the query', failureOf(client.query('SELECT 1')))
})

test('an unknown message is named by its byte', async () => {
  const server = await answering(m.frame('\x7f', Buffer.from('what')))
  after(() => server.close())
  const client = newClient(server.config)
  client.on('error', () => {})
  await client.connect()
  const error = await settles('the query', failureOf(client.query('SELECT 1')))
  expect(error.message).toBe('received invalid response: 7f')
})

test('a whole answer that comes byte by byte is a result like any other', async () => {
  const server = await startFakeServer(async (peer) => {
    await peer.welcome()
    for (;;) {
      await peer.expect('Q')
      for (const byte of m.answer(
        ['a', 'b'],
        [
          ['x', null],
          ['\u{1f600}', 'z'],
        ]
      )) {
        peer.send(bytes(byte))
        await new Promise(setImmediate)
      }
    }
  })
  after(() => server.close())
  const client = newClient(server.config)
  await client.connect()
  for (let round = 0; round < 3; round++) {
    const { rows } = await settles('the query', client.query('SELECT'))
    expect(rows).toEqual([
      { a: 'x', b: null },
      { a: '\u{1f600}', b: 'z' },
    ])
  }
})

test('R-10: text that is no UTF-8 comes with U+FFFD in its place', async () => {
  const server = await startFakeServer(async (peer) => {
    await peer.welcome()
    await peer.expect('Q')
    peer.send(m.answer(['a', 'b'], [[bytes(0x61, 0xff, 0x62), 'fine']]))
  })
  after(() => server.close())
  const client = newClient(server.config)
  await client.connect()
  expect((await client.query('SELECT')).rows).toEqual([{ a: 'a\ufffdb', b: 'fine' }])
})
