'use strict'

const net = require('node:net')
const tls = require('node:tls')
const { once } = require('node:events')

const SSL_REQUEST = 80877103

/**
 * A proxy that ends TLS in front of a server that is spoken to in the clear, as managed poolers do: it answers the
 * SSLRequest itself. Unlike PostgreSQL it lets sessions resume. `handshakes` lists what came about, one entry each:
 * `{ resumed, protocol, servername, client }`, the last one being the name in the client's certificate.
 *
 * @param {{ host: string, port: number }} target
 * @param {object} options those of tls.createServer
 */
async function startTlsProxy(target, options) {
  const handshakes = []
  const sockets = new Set()
  const context = tls.createSecureContext({ sessionIdContext: 'oxpg', ...options })
  // The tickets' keys are the server's own, and each TLSSocket over a socket needs the server they belong to.
  const server = tls.createServer({ sessionIdContext: 'oxpg', ...options })

  function encrypt(raw) {
    const secure = new tls.TLSSocket(raw, { isServer: true, server, secureContext: context, ...options })
    secure.on('error', () => raw.destroy())
    secure.once('secure', () => {
      handshakes.push({
        resumed: secure.isSessionReused(),
        protocol: secure.getProtocol(),
        servername: secure.servername || undefined,
        client: secure.getPeerCertificate()?.subject?.CN,
      })
      const plain = net.connect(target.port, target.host)
      sockets.add(plain)
      plain.on('error', () => secure.destroy())
      secure.pipe(plain).pipe(secure)
      plain.on('close', () => secure.destroy())
      secure.on('close', () => plain.destroy())
    })
  }

  const front = net.createServer((raw) => {
    sockets.add(raw)
    raw.on('error', () => {})
    raw.once('data', (request) => {
      if (request.length !== 8 || request.readUInt32BE(4) !== SSL_REQUEST) return raw.destroy()
      raw.write('S')
      return encrypt(raw)
    })
  })
  front.listen(0, '127.0.0.1')
  await once(front, 'listening')
  return {
    handshakes,
    host: '127.0.0.1',
    port: front.address().port,
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => front.close(resolve))
    },
  }
}

module.exports = { startTlsProxy }
