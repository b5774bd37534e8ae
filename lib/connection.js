'use strict'

// pg's Connection, as far as applications look at it: the session that a Client runs its queries over.

const { EventEmitter } = require('events')
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
    hide(this, 'customStream', config.stream)
    hide(this, 'session', 0)
    hide(this, 'ticket', 0)
    hide(this, 'isOpen', false)
    hide(this, '_referenced', true)
    hide(this, 'isIdleInPool', false)
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
  }

  /** Takes over an open session. */
  attach(receiver, session) {
    this.session = session
    this.isOpen = true
    this._connecting = true
    this.ticket = takeTicket(receiver)
    sessions.set(session, receiver)
    if (!this._referenced) native.hold(-1)
  }

  /** The session is closed: nothing will come any more. */
  detach() {
    if (!this.isOpen) return
    this.isOpen = false
    this.stream.destroyed = true
    // The session took its hold along.
    if (!this._referenced && !this.isIdleInPool) native.hold(1)
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
    this.reference(true)
  }

  unref() {
    this.reference(false)
  }

  /** Whether the open session keeps the process alive. */
  reference(referenced) {
    if (this._referenced === referenced) return
    this._referenced = referenced
    // An open session is one hold (src/session/open.rs), unless a pool keeps the books.
    if (this.isOpen && !this.isIdleInPool) native.hold(referenced ? 1 : -1)
  }

  get isReferenced() {
    return this._referenced
  }

  /** It idles in a pool that lets the process exit: the native pool counts its holds (PO-7), and unref() changes nothing. */
  leaveToPool() {
    this.ref()
    this.isIdleInPool = true
  }

  /** It is checked out: as in pg, that undoes an unref(). */
  takeFromPool() {
    if (this.isIdleInPool) this._referenced = true
    this.isIdleInPool = false
    this.ref()
  }
}

function hide(object, key, value) {
  Object.defineProperty(object, key, { value, writable: true, enumerable: false, configurable: true })
}

module.exports = Connection
