'use strict'

const net = require('node:net')
const tls = require('node:tls')

const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])

/**
 * A man in the middle whom the client trusts: he ends its TLS with a certificate of his own, `{ cert, key }`, and carries
 * the plain bytes to the real server over TLS. Only channel binding finds him out.
 */
async function startInterceptor(server, { cert, key }) {
  const sockets = new Set()
  const keep = (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => sockets.delete(socket))
    return socket
  }
  const listener = net.createServer(async (client) => {
    keep(client)
    const upstream = keep(net.connect(server.port, server.host))
    upstream.write(SSL_REQUEST)
    await Promise.all([answer(client), answer(upstream)])
    client.write('S')
    const near = keep(new tls.TLSSocket(client, { isServer: true, cert, key }))
    const far = keep(tls.connect({ socket: upstream, rejectUnauthorized: false }))
    near.pipe(far).pipe(near)
    near.once('close', () => far.destroy())
    far.once('close', () => near.destroy())
  })
  await new Promise((resolve, reject) =>
    listener.once('error', reject).listen({ host: '127.0.0.1', port: 0 }, resolve)
  )
  const { port } = listener.address()
  return {
    config: { ...server.config, host: '127.0.0.1', port },
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => listener.close(resolve))
    },
  }
}

// The request of the client, or the one byte of the server; both come whole on loopback.
const answer = (socket) =>
  new Promise((resolve) => {
    socket.once('data', () => {
      socket.pause()
      resolve()
    })
  })

module.exports = { startInterceptor }
