'use strict'

// `client.connection.stream`: the protocol's plain bytes of a session whose socket Rust owns, as a Duplex.

const { Duplex } = require('stream')
const { showFacts, socketFacts } = require('./socket-facts')
const { setImmediate, throwLater } = require('./turns')

const nothing = () => {}

class SessionStream extends Duplex {
  constructor(connection) {
    super({ autoDestroy: false })
    Object.defineProperty(this, '_connection', { value: connection, enumerable: false })
    /** Pieces that came and have not been taken, which keeps the socket from being read on. */
    this._arrived = 0
    this._wanted = false
    this._pulling = false
    this._isResting = false
    this._isClosed = false
    /** What happened behind the pieces that came. */
    this._later = []
    this._afterWrite = undefined
    this._afterDestroy = undefined
    Object.defineProperty(this, '_facts', { value: undefined, writable: true, enumerable: false })
    // The Client reports what breaks; an 'error' event here is for those who listen.
    this.on('error', nothing)
    this.on('end', () => this.destroy())
  }

  /** Who answers for the socket; undefined before the session is ready. */
  _source() {
    const { bridge, isOpen, receiver, session } = this._connection
    if (bridge) return bridge.stream
    if (this._facts === undefined && isOpen) this._facts = socketFacts(session, receiver)
    return this._facts
  }

  /** Whether something came that nobody has read. */
  get isUnread() {
    return !this.destroyed && (this._arrived > 0 || this.readableLength > 0)
  }

  _write(chunk, encoding, callback) {
    if (this._connection.writeLent(chunk)) callback()
    else this._afterWrite = callback
  }

  /** What was written has been sent. */
  handleRoom() {
    const callback = this._afterWrite
    this._afterWrite = undefined
    callback?.()
  }

  _read() {
    this._wanted = true
    this._pull()
  }

  /** Another piece came. */
  handleArrival() {
    this._arrived++
    // What nobody will read must not wait in memory.
    if (this.destroyed) this._dismiss()
    else this._pull()
  }

  // Never inside itself: a parser in the middle of one piece must not get the next one. And once per turn of the event
  // loop, as from a socket: who asks in setImmediate for what answers a message (pg-cursor does) must not be too late.
  _pull() {
    if (this._pulling || this._isResting) return
    this._pulling = true
    // In pipeline mode the answers of native queries may stand behind these bytes already.
    if (this._wanted && this._arrived > 0 && !this._connection.receiver.pipeline) {
      this._isResting = true
      setImmediate(() => {
        if (this._arrived > 0) setImmediate(() => this._endRest())
        else this._endRest()
      })
    }
    try {
      while (this._wanted && this._arrived > 0) {
        this._arrived--
        this._wanted = false
        let isRoom = true
        try {
          isRoom = this.push(this._connection.takeLent())
        } finally {
          // Also when a listener has thrown: nobody would ask again.
          if (isRoom) this._wanted = true
        }
      }
    } finally {
      this._pulling = false
    }
    if (this._arrived > 0) return
    this._tellLater()
    if (this._isClosed && !this.destroyed) this.push(null)
  }

  // A listener's exception must not cost anybody the rest.
  _tellLater() {
    while (this._later.length > 0) {
      try {
        this._later.shift()()
      } catch (error) {
        throwLater(error)
      }
    }
  }

  _dismiss() {
    for (; this._arrived > 0; this._arrived--) this._connection.takeLent()
    this._tellLater()
  }

  /** Calls back when everything that has come by now is read, if it is not. */
  defer(callback) {
    if (this._arrived === 0) return false
    this._later.push(callback)
    return true
  }

  _endRest() {
    this._isResting = false
    this._pull()
  }

  _final(callback) {
    this._connection.closeSoon()
    callback()
  }

  /** Closes the socket now. With an error, it is what the Client reports as the cause. */
  _destroy(error, callback) {
    this._dismiss()
    this._connection.closeNow(error ?? undefined)
    if (this._connection.isOpen) this._afterDestroy = () => callback(error)
    else callback(error)
  }

  /** The session is closed. */
  handleClosed() {
    this.handleRoom()
    this._isClosed = true
    if (this._afterDestroy) this._afterDestroy()
    else this._pull()
  }

  ref() {
    this._connection.reference(true)
    return this
  }

  unref() {
    this._connection.reference(false)
    return this
  }

  /** Sessions never delay what they send. */
  setNoDelay() {
    return this
  }
}

showFacts(SessionStream.prototype, (stream) => stream._source())

module.exports = SessionStream
