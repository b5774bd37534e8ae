'use strict'

const net = require('node:net')
const { Duplex } = require('node:stream')

/**
 * A Duplex that is no net.Socket, as tunnels and connectors make them: its bytes go over a socket inside. It keeps the
 * calls that a driver makes in `calls`. `pace` is awaited before each chunk, in both directions.
 */
class SocketStream extends Duplex {
  #socket = new net.Socket()
  #pace

  constructor({ pace, ...options } = {}) {
    super(options)
    this.calls = []
    this.#pace = pace
    /** Bytes that came out of the tunnel. */
    this.received = 0
    this.#socket.on('data', (chunk) => {
      this.received += chunk.length
      if (!this.push(chunk)) this.#socket.pause()
    })
    this.#socket.once('end', () => this.push(null))
    this.#socket.once('connect', () => this.emit('connect'))
    this.#socket.on('error', (error) => this.destroy(error))
    this.#socket.once('close', () => this.destroy())
  }

  connect(...args) {
    this.calls.push(['connect', ...args])
    this.#socket.connect(...args)
    return this
  }

  setNoDelay(...args) {
    this.calls.push(['setNoDelay', ...args])
    return this
  }

  setKeepAlive(...args) {
    this.calls.push(['setKeepAlive', ...args])
    return this
  }

  ref() {
    this.#socket.ref()
    return this
  }

  unref() {
    this.#socket.unref()
    return this
  }

  _read() {
    if (this.#pace) this.#pace().then(() => this.#socket.resume())
    else this.#socket.resume()
  }

  async _write(chunk, encoding, callback) {
    if (this.#pace) await this.#pace()
    this.#socket.write(chunk, () => callback())
  }

  _final(callback) {
    this.#socket.end(() => callback())
  }

  _destroy(error, callback) {
    this.#socket.destroy()
    callback(error)
  }
}

module.exports = { SocketStream }
