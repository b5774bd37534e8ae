'use strict'

const net = require('node:net')
const tls = require('node:tls')

/**
 * TLS as no PostgreSQL would do it, in front of a real one: `options` are those of `tls.createSecureContext`, and at
 * OpenSSL's security level 0 it shows any certificate. `accepted` counts connections, `open` those that are open now. It
 * says nothing on those whose number (from 1) is `muteFrom` or higher.
 */
async function startTlsFront(target, { muteFrom = Infinity, ...options }) {
  const secureContext = tls.createSecureContext({ ciphers: 'ALL:@SECLEVEL=0', ...options })
  const sockets = new Set()
  const front = { accepted: 0 }
  const listener = net.createServer((socket) => {
    front.accepted++
    keep(sockets, socket)
    if (front.accepted >= muteFrom) return socket.resume()
    socket.once('data', () => {
      socket.write('S')
      const secure = new tls.TLSSocket(socket, { isServer: true, secureContext })
      const behind = net.connect(target.port, target.host)
      keep(sockets, behind)
      secure.on('error', () => socket.destroy())
      secure.pipe(behind).pipe(secure)
      behind.on('close', () => secure.destroy())
      secure.on('close', () => behind.destroy())
    })
  })
  await new Promise((resolve, reject) => listener.once('error', reject).listen(0, '127.0.0.1', resolve))
  const { user, password, database } = target
  return Object.defineProperties(front, {
    config: { value: { user, password, database, host: '127.0.0.1', port: listener.address().port } },
    open: { get: () => sockets.size },
    stop: {
      value: async () => {
        for (const socket of sockets) socket.destroy()
        await new Promise((resolve) => listener.close(resolve))
      },
    },
  })
}

function keep(sockets, socket) {
  sockets.add(socket)
  socket.on('error', () => {})
  socket.once('close', () => sockets.delete(socket))
}

module.exports = { startTlsFront }
