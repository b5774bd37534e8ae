'use strict'

const dns = require('dns')
const net = require('net')
const { DatabaseError } = require('pg-protocol')
const { Parser } = require('pg-protocol/dist/parser')
const { toError, toNotice, keepThrown, dropThrown } = require('../../lib/errors')
const { picture } = require('./compare')

// The message that pg-protocol makes of the bytes, and the data that the core makes of them.
function both(code, fields) {
  const body = Buffer.concat([...fields.map(([c, value]) => Buffer.from(`${c}${value}\0`)), Buffer.from([0])])
  const header = Buffer.alloc(5)
  header.write(code)
  header.writeInt32BE(body.length + 4, 1)
  let message
  new Parser().parse(Buffer.concat([header, body]), (parsed) => (message = parsed))
  return { message, data: { length: body.length + 4, fields } }
}

const FIELDS = {
  'every field': 'SVCMDHPpqWstcdnFLR'.split('').map((code) => [code, `value of ${code}`]),
  'another order': [
    ['M', 'message'],
    ['C', '23505'],
    ['S', 'ERREUR'],
    ['V', 'ERROR'],
  ],
  'no message': [['C', 'XX000']],
  'nothing at all': [],
  'empty values': [
    ['M', ''],
    ['D', ''],
  ],
  'a field twice': [
    ['M', 'first'],
    ['M', 'second'],
  ],
  'unknown fields': [
    ['M', 'x'],
    ['Z', 'future'],
    ['_', 'odd'],
  ],
  'text of many alphabets': [['M', 'schlüssel 鍵 🔑']],
}

describe.each(Object.entries(FIELDS))('a server message with %s', (_name, fields) => {
  test("2.18: is an error with pg-protocol's properties in pg-protocol's order", () => {
    const { message, data } = both('E', fields)
    const error = toError({ kind: 'server', ...data })
    expect(picture(error)).toEqual(picture(message))
    expect(String(error)).toBe(String(message))
    expect(picture(toError(JSON.stringify({ kind: 'server', ...data })))).toEqual(picture(message))
  })

  test('X-5: is a notice like that of pg-protocol', () => {
    const { message, data } = both('N', fields)
    expect(picture(toNotice(data))).toEqual(picture(message))
    expect(picture(toNotice(JSON.stringify(data)))).toEqual(picture(message))
    expect(toNotice(data)).not.toBeInstanceOf(Error)
  })
})

test("X-1, M-6: the class is pg-protocol's own, the name is 'error'", () => {
  const error = toError({ kind: 'server', length: 9, fields: [['M', 'no']] })
  expect(error).toBeInstanceOf(DatabaseError)
  expect(error).toBeInstanceOf(Error)
  expect([error.name, error.length, String(error)]).toEqual(['error', 9, 'error: no'])
})

test('X-3: the error can be changed and extended', () => {
  const error = toError({ kind: 'server', length: 9, fields: [['M', 'no']] })
  Object.assign(error, { query: 'select', message: 'rewritten' })
  error.stack += '\n    at caller'
  expect([error.query, error.message, error.stack.endsWith('at caller')]).toEqual([
    'select',
    'rewritten',
    true,
  ])
})

test('N-10: an unknown message is the DatabaseError of pg-protocol', () => {
  let message
  new Parser().parse(Buffer.from([0x76, 0, 0, 0, 8, 1, 2, 3, 4]), (parsed) => (message = parsed))
  const error = toError({ kind: 'protocol', message: 'received invalid response: 76', length: 8 })
  expect(picture(error)).toEqual(picture(message))
  expect(toError({ kind: 'protocol', message: 'x' })).toMatchObject({ name: 'error', length: 0 })
})

describe('N-7: a system error is like that of Node', () => {
  const nodeError = (...args) =>
    new Promise((resolve, reject) => {
      const socket = net.connect(...args)
      socket.once('error', resolve)
      socket.once('connect', () => {
        socket.destroy()
        reject(new Error('nobody should listen there'))
      })
    })
  const plain = ({ code, errno, syscall, address, port, hostname }) => ({
    code,
    errno,
    syscall,
    address,
    port,
    hostname,
  })
  const crossing = (data) => JSON.stringify(data) // leaves out what is undefined, as serde does

  // A port that was free a moment ago.
  const closedPort = () =>
    new Promise((resolve) => {
      const server = net.createServer().listen(0, '127.0.0.1', () => {
        const { port } = server.address()
        server.close(() => resolve(port))
      })
    })

  test('when a TCP port refuses', async () => {
    const expected = await nodeError(await closedPort(), '127.0.0.1')
    const error = toError(crossing({ kind: 'io', ...plain(expected) }))
    expect(picture(error)).toEqual(picture(expected))
    expect(error.message).toMatch(/^connect ECONNREFUSED 127\.0\.0\.1:\d+$/)
    expect(error.stack.split('\n')[0]).toBe(expected.stack.split('\n')[0])
  })

  test('when a socket file does not exist', async () => {
    const expected = await nodeError('/nonexistent/.s.PGSQL.5432')
    const error = toError(crossing({ kind: 'io', ...plain(expected) }))
    expect(picture(error)).toEqual(picture(expected))
    expect(error.message).toBe('connect ENOENT /nonexistent/.s.PGSQL.5432')
  })

  test('when a name does not resolve', async () => {
    const expected = await new Promise((resolve) => dns.lookup('nowhere.invalid', resolve))
    const error = toError(crossing({ kind: 'io', ...plain(expected) }))
    expect(picture(error)).toEqual(picture(expected))
    expect(error.message).toMatch(/^getaddrinfo E\w+ nowhere\.invalid$/)
  })

  test('when an open connection breaks', async () => {
    const server = net.createServer((peer) => peer.once('data', () => peer.resetAndDestroy()))
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
    const socket = net.connect(server.address().port, '127.0.0.1', () => socket.write('x'))
    const expected = await new Promise((resolve) => socket.once('error', resolve))
    await new Promise((resolve) => server.close(resolve))
    const error = toError(crossing({ kind: 'io', ...plain(expected) }))
    expect(picture(error)).toEqual(picture(expected))
    expect(error.message).toBe('read ECONNRESET')
  })

  test('when all of several addresses refuse', async () => {
    const port = await closedPort()
    const lookup = (_host, _options, callback) =>
      callback(null, [
        { address: '127.0.0.1', family: 4 },
        { address: '127.0.0.2', family: 4 },
      ])
    const expected = await nodeError({ port, host: 'several', autoSelectFamily: true, lookup })
    const error = toError(crossing({ kind: 'aggregate', errors: expected.errors.map(plain) }))
    expect(error).toBeInstanceOf(AggregateError)
    expect([error.name, error.message, error.code]).toEqual([expected.name, '', 'ECONNREFUSED'])
    expect(error.errors.map((e) => picture(e))).toEqual(expected.errors.map((e) => picture(e)))
    expect(picture(error).properties).toEqual(picture(expected).properties)
    expect(error.stack.split('\n')[0]).toBe(expected.stack.split('\n')[0])
  })
})

test.each([
  [
    { kind: 'tls', code: 'DEPTH_ZERO_SELF_SIGNED_CERT', message: 'self-signed certificate' },
    'self-signed certificate',
    { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
  ],
  [
    { kind: 'tls', code: null, message: 'The server does not support SSL connections' },
    'The server does not support SSL connections',
    {},
  ],
  [{ kind: 'message', code: null, message: 'SASL: nonce missing' }, 'SASL: nonce missing', {}],
  [{ kind: 'message', code: 'X', message: 'm' }, 'm', { code: 'X' }],
  [{ kind: 'closed' }, 'Connection terminated unexpectedly', {}],
  [{ kind: 'timeout', phase: 'tls' }, 'timeout expired', { phase: 'tls' }],
])('%j becomes an Error with just that', (data, message, properties) => {
  const error = toError(JSON.stringify(data))
  expect(error.constructor).toBe(Error)
  expect(error.message).toBe(message)
  expect({ ...error }).toEqual(properties)
})

describe("an exception of the application's own function", () => {
  test.each([[new Error('mine')], ['a string'], [undefined], [null]])(
    '%p comes back as the same value, once',
    (value) => {
      const token = keepThrown(value)
      expect(toError({ kind: 'thrown', token })).toBe(value)
      expect(toError({ kind: 'thrown', token })).toBeInstanceOf(Error)
    }
  )

  test('can be forgotten', () => {
    const mine = new Error('mine')
    const token = keepThrown(mine)
    dropThrown(token)
    expect(toError({ kind: 'thrown', token })).not.toBe(mine)
  })

  test('has a token of its own', () => {
    const tokens = [keepThrown(1), keepThrown(2)]
    expect(tokens.map((token) => toError({ kind: 'thrown', token }))).toEqual([1, 2])
  })
})

test.each([
  ['ERR_TLS_CERT_ALTNAME_INVALID', "Hostname/IP does not match certificate's altnames: Host: db."],
  ['CERT_HAS_EXPIRED', 'certificate has expired; renew it'],
  [
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'unable to verify the first certificate; the certificate of its issuer is',
  ],
])('T-5: a refused certificate that OpenSSL cannot read is an error like the others: %s', (code, said) => {
  const error = toError({ kind: 'certificate', code, host: 'db', certificate: '3000' })
  expect([error.code, error.message]).toEqual([code, expect.stringContaining(said)])
})
