'use strict'

// `client.connection.stream`: the handle to a socket that Rust owns. People destroy it to end a session at once,
// and let it not keep the process alive; lending the bytes themselves is not part of it yet.

const { EventEmitter } = require('events')

class SessionStream extends EventEmitter {
  constructor(connection) {
    super()
    this.destroyed = false
    Object.defineProperty(this, '_connection', { value: connection, enumerable: false })
  }

  /** Whether the session can be written to. */
  get writable() {
    return this._connection.session !== 0 && !this.destroyed
  }

  /** Closes the socket now. With an error, it is what the Client reports as the cause. */
  destroy(error) {
    if (this.destroyed) return this
    this.destroyed = true
    this._connection.closeNow(error)
    return this
  }

  /** Closes the socket politely. */
  end() {
    this._connection.end()
    return this
  }

  ref() {
    this._connection.reference(true)
    return this
  }

  unref() {
    this._connection.reference(false)
    return this
  }
}

module.exports = SessionStream
