'use strict'

const { newClient, openPool, after, failureOf } = require('../support/connections')
const { startFakeServer, messages } = require('../support/fake-server')
const { settles, until } = require('../support/until')

const ESTABLISH = 'There was an error establishing an SSL connection'

const ANSWERS = {
  N: ['The server does not support SSL connections', Buffer.from('N')],
  'an error': [
    ESTABLISH,
    messages.errorResponse({ S: 'FATAL', C: '0A000', M: 'unsupported frontend protocol' }),
  ],
  'an unknown letter': [ESTABLISH, Buffer.from('?')],
  // More than the one byte before the handshake would be plain text taken for encrypted (CVE-2021-23222).
  'S and more in the same breath': [ESTABLISH, Buffer.concat([Buffer.from('S'), messages.welcome()])],
}

test.each(Object.entries(ANSWERS))(
  'a server that answers the SSL request with %s is refused',
  async (_, answer) => {
    const [message, bytes] = answer
    const server = await startFakeServer(async (peer) => {
      await peer.sslRequest()
      peer.send(bytes)
      await peer.gone()
    })
    after(() => server.close())
    const pool = openPool({ ...server.config, ssl: { rejectUnauthorized: false }, max: 1 })
    const error = await settles('connect()', failureOf(pool.connect()))
    expect(error.message).toBe(message)
    expect(pool.totalCount).toBe(0)
    await until('the socket is closed', () => server.open === 0)
  }
)

test('a server that says S and then no TLS is an error, not a hang', async () => {
  const server = await startFakeServer(async (peer) => {
    await peer.sslRequest()
    peer.send(Buffer.from('S'))
    await peer.bytes(64) // of the client's hello
    peer.end(Buffer.from('this is no server hello, whatever it may look like'))
  })
  after(() => server.close())
  const client = newClient({ ...server.config, ssl: { rejectUnauthorized: false } })
  client.on('error', () => {})
  await settles('connect()', failureOf(client.connect()))
  await until('the socket is closed', () => server.open === 0)
})
