'use strict'

// The Connection of a Client: Rust owns its socket and runs ordinary queries over it. What speaks the protocol itself
// (pg-cursor, pg-copy-streams, ...) is lent the bytes while what it wrote is unanswered (src/session/lent.rs).

const Connection = require('./connection')
const SessionStream = require('./session-stream')
const receive = require('./client-messages')
const { WISH, bridgeFor } = require('./bridge')
const { streamOf } = require('./socket')
const { bridges, native, sessions, takeTicket, freeTicket, flushSoon } = require('./mailbox')
const { keepParsedStatements } = require('./parsed-statements')
const { throwLater } = require('./turns')
const { hide } = require('./hidden')

class SessionConnection extends Connection {
  _useStream(config) {
    this._connecting = false
    // O-21: a factory is called here, as in pg.
    hide(this, 'customStream', streamOf(config))
    hide(this, 'streamFactory', typeof config.stream === 'function' ? () => streamOf(config) : undefined)
    hide(this, 'bridge', undefined)
    hide(this, 'receiver', undefined)
    hide(this, 'session', 0)
    hide(this, 'ticket', 0)
    hide(this, 'isOpen', false)
    hide(this, 'destroyError', undefined)
    hide(this, '_referenced', true)
    hide(this, 'isIdleInPool', false)
    hide(this, '_stream', undefined)
    hide(this, '_lent', undefined)
    // ReadyForQuery messages that JavaScript's own messages will bring, and for which query they were written.
    hide(this, '_awaited', 0)
    hide(this, '_borrower', undefined)
    hide(this, '_bytesWritten', 0)
  }

  _keepParsedStatements() {
    keepParsedStatements(this)
  }

  // Most Clients are never asked for it.
  get stream() {
    if (this._stream === undefined) {
      this._stream = new SessionStream(this)
      this.attachListeners(this._stream)
    }
    return this._stream
  }

  set stream(stream) {
    this._stream = stream
  }

  /**
   * Opens a session for the receiver, whose `onEvent` tells the outcome.
   *
   * @param {object} config see lib/session-config.js
   * @param {number} timeoutMillis 0 means no limit
   */
  open(receiver, config, timeoutMillis) {
    this.attach(receiver, native.openSession(JSON.stringify(config), timeoutMillis || undefined))
    if (config.bridged) this._startBridge(bridgeFor(this, receiver))
  }

  _startBridge(bridge) {
    this.bridge = bridge
    bridge.start()
  }

  /** A wish of a session without a bridge: rustls cannot talk to its server, so Node's TLS shall try. */
  handleWish(receiver, wish, detail) {
    if (wish === WISH.DIAL) this._startBridge(bridgeFor(this, receiver, JSON.parse(detail)))
  }

  /** Takes over an open session. */
  attach(receiver, session) {
    this.receiver = receiver
    this.session = session
    this.isOpen = true
    this._connecting = true
    this.ticket = takeTicket(receiver)
    sessions.set(session, receiver)
    this.bridge = bridges.get(this.session)
    if (!this._referenced) native.hold(-1)
  }

  /** The session is closed: nothing will come any more but what JavaScript has not read yet. */
  detach() {
    if (!this.isOpen) return
    this.isOpen = false
    this.bridge?.destroy()
    // The session took its hold along.
    if (!this._referenced && !this.isIdleInPool) native.hold(1)
    sessions.delete(this.session)
    freeTicket(this.ticket)
    this._stream?.handleClosed?.()
  }

  /** Calls back when everything that came over the lent stream has been read. False: nothing is to be waited for. */
  defer(callback) {
    return this._stream?.defer?.(callback) ?? false
  }

  /** Whether somebody else than the parser reads the lent stream. */
  get isHijacked() {
    return this._stream?.listenerCount('data') === 0
  }

  /** Calls back when what the session said before its end has been read. */
  afterReading(callback) {
    if (this._stream?.isUnread) this._stream.once('close', callback)
    else callback()
  }

  /** Sends Terminate and closes. */
  end() {
    this._ending = true
    if (this._stream) this._stream.end()
    else this.closeSoon()
  }

  closeSoon() {
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

  /** How much JavaScript has written, sent or not. */
  get bytesLent() {
    return this._bytesWritten + (this._stream?.writableLength ?? 0)
  }

  /** Writes raw bytes. False: the stream's `handleRoom` tells when to go on. */
  writeLent(bytes) {
    const lent = (this._lent ??= native.lentStream(this.session))
    const outcome = lent === null ? -1 : lent.write(bytes)
    if (outcome < 0) return true
    this._bytesWritten += bytes.length
    if (this._awaited === 0) this._borrower = this.receiver._activeQuery
    this._awaited += outcome >> 1
    flushSoon()
    return (outcome & 1) === 0
  }

  /** The next bytes that came, or null. */
  takeLent() {
    return this._lent.take()
  }

  // A handler's exception is the application's to see, and must not cost the messages behind it.
  _receive(message) {
    try {
      if (this._emitMessage) this.emit('message', message)
      if (this._concernsClient(message)) receive(this.receiver, message)
      // The Client's own handlers come before everybody else's, as in pg (5.1).
      this.emit(message.name === 'error' ? 'errorMessage' : message.name, message)
    } catch (error) {
      throwLater(error)
    }
  }

  // Only the last ReadyForQuery that a query asked for ends it, and never a query of another kind behind it.
  _concernsClient({ name }) {
    if (name === 'copyInResponse') this._awaited -= this._lent.takeSwallowed()
    if (name !== 'readyForQuery') return true
    if (this._awaited > 0) this._awaited--
    // Each query has its own, and the next one is active already.
    if (this.receiver.pipeline) return true
    const active = this.receiver._activeQuery
    return this._awaited === 0 && (active === null || active === this._borrower)
  }

  /** A message that the session has read itself, for whoever listens. */
  tell(message) {
    if (this._emitMessage) this.emit('message', message)
    this.emit(message.name, message)
  }
}

// People read the name in their logs.
Object.defineProperty(SessionConnection, 'name', { value: 'Connection' })

module.exports = SessionConnection
