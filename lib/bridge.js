'use strict'

// A session over a socket that JavaScript makes, because only JavaScript can: `config.stream`, or TLS options and servers
// that the native side cannot cope with. Bytes go through unread, with back-pressure both ways; src/session/bridge.rs is the other end.

const net = require('net')
const { isUint8Array } = require('util').types
const { Socket } = require('./socket')
const { bridges, native, sessions } = require('./mailbox')
const { dropThrown, dropThrownLate, holdThrown } = require('./errors')

// What the native side wishes; `Wish` in src/session/bridge.rs.
const WISH = { WRITE: 1, RESUME: 2, END: 3, DESTROY: 4, CANCEL: 5, DIAL: 6 }

// As long as the native side gives its own cancel requests.
const CANCEL_MILLIS = 5000

class Bridge {
  /**
   * @param {number} session whose bytes go over the bridge
   * @param {object} stream a Duplex that nobody has dialled yet
   * @param {object} target see lib/socket.js
   * @param {(() => object) | undefined} another makes one more stream to the same server, for cancel requests
   */
  constructor(session, stream, target, another) {
    this._session = session
    this._target = target
    this._another = another
    this._isOpen = false
    this._isBlocked = false
    this._endCancel = undefined
    this._isOver = false
    this._thrown = undefined
    this._socket = new Socket(stream, target, {
      onPhase: (phase) => native.bridgePhase(session, phase),
      onOpen: () => this._handleOpen(),
      onError: (error) => this._fail(error),
      onClose: () => this._handleClose(),
    })
    bridges.set(session, this)
  }

  /** What carries the protocol. */
  get stream() {
    return this._socket.stream
  }

  /** Dials. The session's events tell the outcome. */
  start() {
    native.bridgePhase(this._session, 'tcp')
    try {
      this._socket.dial()
    } catch (error) {
      this._fail(error)
    }
  }

  /** The session is over, and whoever was to be told why has been. */
  destroy() {
    this._close()
    if (this._thrown !== undefined) dropThrown(this._thrown)
  }

  _close() {
    this._isOver = true
    this._socket.destroy()
    this._endCancel?.()
    bridges.delete(this._session)
  }

  // No Client will say when the session of a pool is over, and its error is on its way to somebody.
  _abandon() {
    this._close()
    if (this._thrown !== undefined) dropThrownLate(this._thrown)
  }

  _handleClose() {
    native.bridgeClosed(this._session)
  }

  /** A wish of the native side. */
  onWish(wish) {
    try {
      this._fulfil(wish)
    } catch (error) {
      this._fail(error) // of the application's stream
    }
  }

  _fulfil(wish) {
    switch (wish) {
      case WISH.WRITE:
        return this._write()
      case WISH.RESUME:
        return this.stream.resume()
      case WISH.END:
        return this._end()
      case WISH.DESTROY:
        return sessions.has(this._session) ? this._socket.destroy() : this._abandon()
      case WISH.CANCEL:
        return this._cancel()
    }
  }

  _handleOpen() {
    const { stream, _session: session } = this
    this._isOpen = true
    stream.on('data', (chunk) => this._receive(chunk))
    stream.once('end', () => native.bridgeEnded(session))
    stream.on('drain', () => {
      this._isBlocked = false
      this.onWish(WISH.WRITE)
    })
    native.bridgeOpened(session, certificateOf(stream))
    if (stream.readableEnded) native.bridgeEnded(session)
    // In one flight with the end of the handshake, as pg does it. A server that refuses the client's certificate closes behind
    // its alert, and whoever writes a little later hears of a failed write instead.
    this.onWish(WISH.WRITE)
  }

  _receive(chunk) {
    if (!isUint8Array(chunk)) {
      this._fail(new TypeError('The stream gave something else than bytes: it must not have an encoding'))
    } else if (!native.bridgeReceived(this._session, chunk)) this.stream.pause()
  }

  // The first error is the cause; whatever follows is its consequence.
  _fail(error) {
    if (this._isOver || this._thrown !== undefined) return
    this._thrown = holdThrown(error)
    native.bridgeFailed(this._session, this._thrown)
  }

  _write() {
    if (this._isBlocked) return
    const bytes = native.bridgeTake(this._session)
    if (bytes === null || this.stream.writable === false) return
    this._isBlocked = this.stream.write(bytes) === false
  }

  _end() {
    const { stream } = this
    const rest = native.bridgeTake(this._session)
    if (stream.writable === false) return
    if (rest === null) stream.end()
    else stream.end(rest)
  }

  // The session sends nothing new until the answer is given: a late request never hits the next query.
  _cancel() {
    if (this._endCancel !== undefined) return
    const request = this._another === undefined ? null : native.bridgeCancelRequest(this._session)
    if (request === null) {
      native.bridgeCancelled(this._session, false)
      return
    }
    const done = () => {
      if (this._endCancel !== done) return
      this._endCancel = undefined
      clearTimeout(timer)
      socket.destroy()
      native.bridgeCancelled(this._session, true)
    }
    const socket = new Socket(this._makeAnother(), this._cancelTarget(), {
      onOpen(stream) {
        stream.once('end', done)
        stream.resume()
        stream.write(request)
      },
      onError: done,
      onClose: done,
    })
    const timer = setTimeout(done, CANCEL_MILLIS)
    this._endCancel = done
    timer.unref()
    try {
      socket.dial()
    } catch {
      done()
    }
  }

  _makeAnother() {
    try {
      return this._another()
    } catch {
      return undefined // which dial() refuses
    }
  }

  // A host name may lead to several servers; the request must reach this one.
  _cancelTarget() {
    const { remoteAddress, remotePort } = this._socket.raw
    if (this._target.isCustom || !remoteAddress || this._target.path !== undefined) return this._target
    return { ...this._target, address: remoteAddress, port: remotePort }
  }
}

// SCRAM-SHA-256-PLUS signs it.
function certificateOf(stream) {
  if (typeof stream.getPeerCertificate !== 'function') return undefined
  const { raw } = stream.getPeerCertificate() ?? {}
  return isUint8Array(raw) ? raw : undefined
}

/**
 * The bridge of a connection whose session is being opened.
 *
 * @param {object} connection lib/connection.js
 * @param {{ ssl: boolean | object, sslNegotiation: string }} client whose TLS options they are
 * @param {{ host?: string, port: number }} [place] the client's, or one that its host stands for
 */
function bridgeFor(connection, client, place = client) {
  const { customStream, streamFactory } = connection
  const isCustom = customStream !== undefined
  const target = { ...targetOf(client, place), isCustom }
  const stream = isCustom ? customStream : new net.Socket()
  const another = isCustom ? streamFactory : () => new net.Socket()
  return new Bridge(connection.session, stream, target, another)
}

/** The bridge of a session that a pool opens by itself; `client` has the pool's options. */
function bridgeWithoutClient(session, client, place) {
  const another = () => new net.Socket()
  return new Bridge(session, another(), targetOf(client, place), another)
}

function targetOf({ connection, ssl, sslNegotiation }, { host, port }) {
  const target = {
    host,
    port,
    ssl,
    sslNegotiation,
    keepAlive: connection._keepAlive,
    keepAliveInitialDelayMillis: connection._keepAliveInitialDelayMillis,
    isCustom: false,
  }
  if (host && host.startsWith('/')) {
    target.path = `${host}/.s.PGSQL.${port}`
    target.host = undefined // pg then verifies `localhost` (T-3)
  }
  return target
}

module.exports = { WISH, bridgeFor, bridgeWithoutClient }
