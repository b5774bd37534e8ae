'use strict'

// pg's Connection, as far as applications look at it: the session that a Client runs its queries over.

const { EventEmitter } = require('events')
const { bridgeFor } = require('./bridge')
const { streamOf } = require('./socket')
const { native, sessions, takeTicket, freeTicket } = require('./mailbox')
const { parsedStatements } = require('./parsed-statements')
const SessionStream = require('./stream')

class Connection extends EventEmitter {
  constructor(config) {
    super()
    config = config || {}
    this.parsedStatements = parsedStatements(this)
    this.ssl = config.ssl || false
    this.sslNegotiation = config.sslNegotiation || 'postgres'
    this._keepAlive = config.keepAlive
    this._keepAliveInitialDelayMillis = config.keepAliveInitialDelayMillis
    this._ending = false
    this._connecting = false
    // O-21: a factory is called here, as in pg.
    hide(this, 'customStream', streamOf(config))
    hide(this, 'streamFactory', typeof config.stream === 'function' ? () => streamOf(config) : undefined)
    hide(this, 'bridge', undefined)
    hide(this, 'session', 0)
    hide(this, 'ticket', 0)
    hide(this, 'isOpen', false)
    hide(this, 'destroyError', undefined)
    this.stream = new SessionStream(this)
  }

  /**
   * Opens a session for the receiver, whose `onEvent` tells the outcome.
   *
   * @param {object} config see lib/session-config.js
   * @param {number} timeoutMillis 0 means no limit
   */
  open(receiver, config, timeoutMillis) {
    this.attach(receiver, native.openSession(JSON.stringify(config), timeoutMillis || undefined))
    if (!config.bridged) return
    this.bridge = bridgeFor(this, receiver)
    this.bridge.start()
  }

  /** Takes over an open session. */
  attach(receiver, session) {
    this.session = session
    this.isOpen = true
    this._connecting = true
    this.ticket = takeTicket(receiver)
    sessions.set(session, receiver)
    if (!this.stream._referenced) native.hold(-1)
  }

  /** The session is closed: nothing will come any more. */
  detach() {
    if (!this.isOpen) return
    this.isOpen = false
    this.bridge?.destroy()
    this.stream.destroyed = true
    this.stream.settleReference()
    sessions.delete(this.session)
    freeTicket(this.ticket)
  }

  /** Sends Terminate and closes. */
  end() {
    this._ending = true
    if (this.isOpen) native.closeSession(this.session, false)
  }

  /** Closes without a word. */
  closeNow(error) {
    this.destroyError = error
    if (this.isOpen) native.closeSession(this.session, true)
  }

  ref() {
    this.stream.ref()
  }

  unref() {
    this.stream.unref()
  }
}

function hide(object, key, value) {
  Object.defineProperty(object, key, { value, writable: true, enumerable: false, configurable: true })
}

module.exports = Connection
