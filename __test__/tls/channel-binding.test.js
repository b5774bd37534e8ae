'use strict'

// A-5, O-9 and libpq's channel_binding (DV-68), on a real server; what is sent is seen by a fake one.

const net = require('node:net')
const tls = require('node:tls')
const { subject } = require('../support/drivers')
const { newClient, openPool, after, failureOf } = require('../support/connections')
const { createAuthority } = require('../support/certificates')
const { startFakeServer, messages, Peer } = require('../support/fake-server')
const { startInterceptor } = require('../support/interceptor')
const { startPostgres } = require('../support/postgres')
const { until } = require('../support/until')

const authority = createAuthority()
const ssl = { ca: authority.cert }
const NOT_BOUND = 'channel binding required, but server authenticated client without channel binding'
const NOT_OFFERED =
  'channel binding is required, but server did not offer an authentication method that supports channel binding'
const NOT_SUPPORTED = "channel binding required but not supported by server's authentication request"
const NO_TLS = 'channel binding required, but SSL not in use'

let server
let interceptor

beforeAll(async () => {
  const hba = [
    'local all all trust',
    'host all trusted all trust',
    'host all clear all password',
    'host all hashed all md5',
    'host all all all scram-sha-256',
  ]
  server = await startPostgres({ tls: authority.issue({ type: 'rsa' }), hba })
  await server.query(`
    CREATE ROLE trusted LOGIN;
    CREATE ROLE clear LOGIN PASSWORD 'secret';
    SET password_encryption = 'md5';
    CREATE ROLE hashed LOGIN PASSWORD 'secret'`)
  interceptor = await startInterceptor(server, authority.issue())
})
afterAll(async () => {
  await interceptor.close()
  await server.stop()
})

async function logIn(options) {
  const client = newClient({ ...server.config, ssl, ...options })
  await client.connect()
  return (await client.query('SELECT current_user::text AS name')).rows[0].name
}

describe('channel_binding=require', () => {
  const channel_binding = 'require'

  test('connects over TLS to a server that knows SCRAM', async () => {
    expect(await logIn({ channel_binding })).toBe(server.config.user)
  })

  test('connects over a socket of Node, whose certificate it binds to', async () => {
    const options = { ...ssl, checkServerIdentity: () => undefined }
    expect(await logIn({ channel_binding, ssl: options })).toBe(server.config.user)
    const error = await failureOf(logIn({ ...interceptor.config, channel_binding, ssl: options }))
    expect(error.message).toBe('SCRAM channel binding check failed')
  })

  test('connects a pool, each of its sessions bound to its own certificate', async () => {
    const pool = openPool({ ...server.config, ssl, channel_binding, max: 4 })
    const results = await Promise.all([1, 2, 3, 4].map(() => pool.query('SELECT 1 AS one')))
    expect(results.map(({ rows }) => rows[0].one)).toEqual([1, 1, 1, 1])
  })

  test.each([
    ['trust', { user: 'trusted' }, NOT_BOUND],
    ['a password in clear text', { user: 'clear', password: 'secret' }, NOT_SUPPORTED],
    ['md5', { user: 'hashed', password: 'secret' }, NOT_SUPPORTED],
    ['SCRAM without TLS', { ssl: false }, NO_TLS],
    ['trust without TLS', { user: 'trusted', ssl: false }, NOT_BOUND],
  ])('does not connect by %s', async (what, options, text) => {
    const asked = []
    const password = options.password && (() => (asked.push(what), options.password))
    const error = await failureOf(logIn({ ...options, ...(password && { password }), channel_binding }))
    expect(error.message.startsWith(`${text}: `) || error.message).toBe(true)
    expect(asked).toEqual([])
  })

  test.each([
    ['a password in clear text', () => messages.authenticationCleartextPassword(), NOT_SUPPORTED],
    ['md5', () => messages.frame('R', Buffer.from([0, 0, 0, 5, 1, 2, 3, 4])), NOT_SUPPORTED],
    ['SCRAM', () => messages.authenticationSASL(['SCRAM-SHA-256']), NO_TLS],
    ['channel binding in plain text', () => messages.authenticationSASL(['SCRAM-SHA-256-PLUS']), NO_TLS],
  ])('sends nothing to a server that asks for %s', async (what, request, text) => {
    const sent = []
    const fake = await startFakeServer(async (peer) => {
      await peer.startup()
      peer.send(request())
      for (;;) sent.push((await peer.message()).type)
    })
    after(() => fake.close())
    const error = await failureOf(newClient({ ...fake.config, channel_binding }).connect())
    expect(error.message.startsWith(text) || error.message).toBe(true)
    await until('the server has read everything', () => fake.open === 0)
    expect(sent).toEqual([])
  })

  test('does not connect through a pooler that ends TLS and offers plain SCRAM alone', async () => {
    const { cert, key } = authority.issue()
    const sent = []
    let isOver = false
    const listener = net.createServer((socket) => {
      socket.once('data', async () => {
        socket.write('S')
        const peer = new Peer(new tls.TLSSocket(socket, { isServer: true, cert, key }))
        try {
          await peer.startup()
          peer.send(messages.authenticationSASL(['SCRAM-SHA-256']))
          for (;;) sent.push((await peer.message()).type)
        } catch {
          socket.destroy() // the client has gone
          isOver = true
        }
      })
    })
    await new Promise((resolve) => listener.listen(0, '127.0.0.1', resolve))
    after(() => new Promise((resolve) => listener.close(resolve)))
    const { port } = listener.address()
    const error = await failureOf(logIn({ port, channel_binding }))
    expect(error.message.startsWith(`${NOT_OFFERED}: `) || error.message).toBe(true)
    await until('the pooler has read everything', () => isOver)
    expect(sent).toEqual([])
  })
})

// The password alone satisfies the server: without binding, the man in the middle reads everything.
describe('a man in the middle with a certificate that the client trusts', () => {
  test.each([
    [{}, false],
    [{ enableChannelBinding: true }, true],
    [{ channel_binding: 'prefer' }, true],
    [{ channel_binding: 'require' }, true],
    [{ channel_binding: 'disable' }, false],
    [{ channel_binding: 'disable', enableChannelBinding: true }, false],
    [{ channel_binding: 'prefer', enableChannelBinding: false }, true],
  ])('with %p: is found out? %p', async (options, isFound) => {
    const attempt = logIn({ ...interceptor.config, ...options })
    if (!isFound) expect(await attempt).toBe(server.config.user)
    else {
      const error = await failureOf(attempt)
      expect(error).toMatchObject({ severity: 'FATAL', message: 'SCRAM channel binding check failed' })
    }
  })
})

describe.each(['prefer', 'disable'])('channel_binding=%s', (channel_binding) => {
  test('connects with and without TLS', async () => {
    expect(await logIn({ channel_binding })).toBe(server.config.user)
    expect(await logIn({ channel_binding, ssl: false })).toBe(server.config.user)
  })

  test('connects by any other method', async () => {
    expect(await logIn({ channel_binding, user: 'trusted' })).toBe('trusted')
    expect(await logIn({ channel_binding, user: 'clear', password: 'secret' })).toBe('clear')
    expect(await logIn({ channel_binding, user: 'hashed', password: 'secret' })).toBe('hashed')
  })
})

describe('the option', () => {
  const url = (value) => `postgres://fake@127.0.0.1:1/fake?channel_binding=${value}`
  const { Client, Pool } = subject

  test('may be a parameter of the connection string, which wins', async () => {
    const { user, password, host, port, database } = server.config
    const connectionString = `postgres://${user}:${password}@${host}:${port}/${database}?channel_binding=require`
    const error = await failureOf(newClient({ connectionString, channel_binding: 'disable' }).connect())
    expect(error.message.startsWith(NO_TLS) || error.message).toBe(true)
    const pool = openPool({ connectionString, channel_binding: 'disable' })
    const poolError = await failureOf(pool.query('SELECT 1'))
    expect(poolError.message.startsWith(NO_TLS) || poolError.message).toBe(true)
  })

  test('may stand before a fragment of the connection string', () => {
    const connectionString = url('require') + '#primary'
    expect(new Client({ connectionString }).connectionParameters.channel_binding).toBe('require')
    expect(new Pool({ connectionString }).options.connectionString).toBe(connectionString)
  })

  test.each([
    [{ channel_binding: 'required' }, '"required"'],
    [{ channel_binding: 'REQUIRE' }, '"REQUIRE"'],
    [{ channel_binding: true }, 'true'],
    [{ channel_binding: false }, 'false'],
    [{ channel_binding: 0 }, '0'],
    [{ connectionString: url('allow') }, '"allow"'],
    [{ connectionString: url('require') + '&channel_binding=no' }, '"no"'],
  ])('throws at once from the constructors with %p', (options, shown) => {
    for (const construct of [() => new Client(options), () => new Pool(options)]) {
      let thrown
      try {
        construct()
      } catch (error) {
        thrown = error
      }
      expect(thrown).toBeInstanceOf(TypeError)
      expect(thrown).toMatchObject({
        code: 'ERR_INVALID_ARG_VALUE',
        message: `Invalid channel_binding value: ${shown}. Valid values are "disable", "prefer", "require".`,
      })
    }
  })

  test('may be left empty, and PGCHANNELBINDING is not read, as in pg', async () => {
    process.env.PGCHANNELBINDING = 'nonsense'
    after(() => delete process.env.PGCHANNELBINDING)
    for (const channel_binding of [undefined, null, '']) {
      expect(await logIn({ channel_binding, ssl: false })).toBe(server.config.user)
    }
  })

  test('is not seen among the properties that pg has', () => {
    const keys = (options) => Object.keys(new Client(options).connectionParameters)
    expect(keys({ channel_binding: 'require' })).toEqual(keys({}))
  })
})
