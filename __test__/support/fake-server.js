'use strict'

const net = require('node:net')
const tls = require('node:tls')
const { once } = require('node:events')
const { pipeline } = require('node:stream/promises')
const { setImmediate: turn } = require('node:timers/promises')
const messages = require('./backend-messages')

const SSL_REQUEST = 80877103
const CANCEL_REQUEST = 80877102

/** The script of a connection ends here when the client has gone: not a failure of the test. */
class PeerGone extends Error {}

/**
 * A server that says what a real one never would. `script(peer, index)` runs once per connection and talks through a
 * `Peer`; when it returns, the connection stays open until the client leaves. A script that fails (the client sent
 * something else than expected) closes the connection, and `close()` rejects with the reason.
 */
async function startFakeServer(script, { host = '127.0.0.1', port = 0 } = {}) {
  const peers = new Set()
  const failures = []
  let accepted = 0
  const listener = net.createServer((socket) => {
    const peer = new Peer(socket)
    peers.add(peer)
    socket.once('close', () => peers.delete(peer))
    Promise.resolve(script(peer, accepted++)).catch((error) => {
      if (!(error instanceof PeerGone)) failures.push(error)
      socket.destroy()
    })
  })
  await new Promise((resolve, reject) => listener.once('error', reject).listen({ host, port }, resolve))
  const address = { host, port: listener.address().port }
  return {
    ...address,
    config: { ...address, user: 'fake', password: 'secret', database: 'fake', ssl: false },
    /** How many connections were ever made, and how many are open now. */
    get accepted() {
      return accepted
    },
    get open() {
      return peers.size
    },
    async close() {
      for (const peer of peers) peer.destroy()
      await new Promise((resolve) => listener.close(resolve))
      if (failures.length) throw failures[0]
    },
  }
}

/** One connection, seen from the server. */
class Peer {
  #socket
  #buffer = Buffer.alloc(0)
  #wake = () => {}
  #closed = false

  constructor(socket) {
    socket.setNoDelay(true)
    this.#listen(socket)
  }

  #listen(socket) {
    this.#socket = socket
    socket.on('data', (chunk) => {
      this.#buffer = Buffer.concat([this.#buffer, chunk])
      this.#wake()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#closed = true
      this.#wake()
    })
  }

  /** The next `length` bytes, whatever they are. */
  async bytes(length) {
    while (this.#buffer.length < length) {
      if (this.#closed) throw new PeerGone('the client closed the connection')
      await new Promise((resolve) => (this.#wake = resolve))
    }
    const bytes = this.#buffer.subarray(0, length)
    this.#buffer = this.#buffer.subarray(length)
    return bytes
  }

  /** The next packet without a type byte, `{ code, body }`: startup, SSL request or cancel request. */
  async #packet() {
    const length = (await this.bytes(4)).readInt32BE()
    const body = await this.bytes(length - 4)
    return { code: body.readInt32BE(), body: body.subarray(4) }
  }

  /** The startup packet's parameters. */
  async startup() {
    const { code, body } = await this.#packet()
    if (code >> 16 !== 3) throw new Error(`expected a startup packet of protocol 3, got code ${code}`)
    const words = body.toString().split('\0').slice(0, -2)
    const pairs = words.flatMap((word, i) => (i % 2 ? [] : [[word, words[i + 1]]]))
    return Object.fromEntries(pairs)
  }

  async sslRequest() {
    const { code } = await this.#packet()
    if (code !== SSL_REQUEST) throw new Error(`expected an SSL request, got code ${code}`)
  }

  /** Shakes hands as the server, after the `S` or at once; from then on all that is said is encrypted. */
  async secure(credentials) {
    const raw = this.#socket.removeAllListeners('data')
    const socket = new tls.TLSSocket(raw, { isServer: true, ...credentials })
    if (this.#buffer.length) raw.unshift(this.#buffer)
    this.#buffer = Buffer.alloc(0)
    this.#listen(socket)
    const gone = once(socket, 'close').then(() => {
      throw new PeerGone('the client left the handshake')
    })
    await Promise.race([once(socket, 'secure'), gone])
    return socket
  }

  async cancelRequest() {
    const { code, body } = await this.#packet()
    if (code !== CANCEL_REQUEST) throw new Error(`expected a cancel request, got code ${code}`)
    return { processID: body.readInt32BE(), secretKey: body.readInt32BE(4) }
  }

  /** The next message, whatever it is. */
  async message() {
    const head = await this.bytes(5)
    const body = await this.bytes(head.readInt32BE(1) - 4)
    return { type: String.fromCharCode(head[0]), body }
  }

  /** Reads messages up to the first of the given type, which it returns: `expect('S')` skips Parse, Bind and friends. */
  async expect(type) {
    for (;;) {
      const message = await this.message()
      if (message.type === type) return message
      if (message.type === 'X') throw new PeerGone('the client said goodbye')
    }
  }

  /** Lets a client in without a password, up to the first ReadyForQuery. */
  async welcome(options) {
    const parameters = await this.startup()
    this.send(messages.welcome(options))
    return parameters
  }

  send(...chunks) {
    this.#socket.write(Buffer.concat(chunks))
  }

  /** Sends, and resolves when the bytes are on their way: a `destroy()` behind it cuts nothing off. */
  flushed(...chunks) {
    return new Promise((resolve) => this.#socket.write(Buffer.concat(chunks), resolve))
  }

  /** Closes politely after what was sent, at once, or with a reset. */
  end(...chunks) {
    this.#socket.end(Buffer.concat(chunks))
  }

  destroy() {
    this.#socket.destroy()
  }

  reset() {
    this.#socket.resetAndDestroy()
  }

  /** Stops reading, so that the client's writes back up. */
  pause() {
    this.#socket.pause()
  }

  /**
   * Carries the rest of the connection on to a real server, beginning with the bytes in `first`. The connection is closed
   * after `limit` bytes from the server; `drip` hands over every byte on its own.
   */
  forward({ host, port }, { first = Buffer.alloc(0), limit = Infinity, drip = false } = {}) {
    const server = net.connect({ host, port, noDelay: true })
    server.write(Buffer.concat([first, this.#buffer]))
    const client = this.#socket.removeAllListeners('data')
    const carry = (from, to, left) =>
      pipeline(from, (source) => pieces(source, left, drip), to).catch(() => from.destroy() && to.destroy())
    return Promise.all([carry(client, server, Infinity), carry(server, client, limit)])
  }

  /** All that the client sends until it has gone. */
  async rest() {
    await this.gone()
    return this.#buffer
  }

  /** Resolves when the client has gone. */
  async gone() {
    while (!this.#closed) await new Promise((resolve) => (this.#wake = resolve))
  }
}

async function* pieces(source, left, drip) {
  for await (const chunk of source) {
    const size = drip ? 1 : chunk.length
    for (let at = 0; at < chunk.length; at += size) {
      const piece = chunk.subarray(at, at + Math.min(size, left))
      left -= piece.length
      yield piece
      if (left === 0) return
      if (drip) await turn()
    }
  }
}

module.exports = { startFakeServer, Peer, messages }
