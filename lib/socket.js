'use strict'

// A socket of Node's own or of the application's, dialled and encrypted exactly as pg does it (O-21, T-1..T-4).

const net = require('net')
const tls = require('tls')
const { serialize } = require('pg-protocol')
const { nodeTrust } = require('./ssl-config')
const { explain, refusedChain } = require('./tls-failure')
const { nextTick } = require('./turns')

/**
 * The stream of a config: an instance, or what a factory gives when it is called with the connection's config (null if
 * that is nothing); undefined if there is none.
 */
function streamOf(config) {
  if (typeof config.stream === 'function') return config.stream(config) ?? null
  return config.stream || undefined
}

function isStream(value) {
  return typeof value?.on === 'function' && typeof value.write === 'function'
}

/** Streams of the application that were dialled: each carries one session. */
const dialled = new WeakSet()

class Socket {
  /**
   * @param {import('stream').Duplex} raw
   * @param {{ port: number, host?: string, path?: string, address?: string, ssl: boolean | object,
   *   sslNegotiation: string, keepAlive?: boolean, keepAliveInitialDelayMillis?: number }} target `address`: where to
   *   connect, if the host only names whom the certificate must belong to
   * @param {{ onPhase?: (phase: string) => void, onOpen: (stream: object) => void,
   *   onError: (error: unknown) => void, onClose: () => void }} receiver hears of what happens
   */
  constructor(raw, target, receiver) {
    this.raw = raw
    /** What carries the protocol: `raw`, or TLS over it. */
    this.stream = raw
    this._target = target
    this._receiver = receiver
    this._closed = false
    this._isMine = false
  }

  /** Connects, negotiates TLS if it is wanted, and tells the receiver. */
  dial() {
    const { raw, _target: target } = this
    if (!isStream(raw)) {
      throw new TypeError(
        'The option "stream" must be a Duplex stream, or a function that returns one at once'
      )
    }
    if (dialled.has(raw)) {
      throw new Error(
        'The stream is used by another client already. Give a function that makes one for each client.'
      )
    }
    dialled.add(raw)
    this._isMine = true
    raw.on('error', (error) => this._receiver.onError(error))
    raw.once('close', () => this._handleClose())
    raw.setNoDelay?.(true)
    // The session itself keeps the process alive, as long as it shall (Z-1).
    raw.unref?.()
    if (isConnected(raw)) {
      nextTick(() => this._handleConnect())
      return
    }
    raw.once('connect', () => this._handleConnect())
    if (target.path !== undefined) raw.connect(target.path, undefined)
    else {
      const host = target.address ?? target.host
      if (net.isIP(host) === 0 && raw instanceof net.Socket) {
        this._tellPhase('dns')
        raw.once('lookup', () => this._tellPhase('tcp'))
      }
      raw.connect(target.port, host)
    }
  }

  destroy() {
    if (!this._isMine) return this._handleClose()
    for (const stream of new Set([this.stream, this.raw])) {
      try {
        if (typeof stream.destroy === 'function') stream.destroy()
        else stream.end?.()
      } catch {
        this._handleClose() // it can do no more for us
      }
    }
    // It said so before anybody listened, or it never will.
    if (this.raw.closed || typeof this.raw.destroy !== 'function') this._handleClose()
  }

  _tellPhase(phase) {
    this._receiver.onPhase?.(phase)
  }

  _handleClose() {
    if (this._closed) return
    this._closed = true
    this._receiver.onClose()
  }

  _handleConnect() {
    const { raw, _target: target } = this
    if (raw.destroyed) return this._handleClose()
    if (target.keepAlive) raw.setKeepAlive?.(true, target.keepAliveInitialDelayMillis)
    if (!target.ssl) return this._handleOpen()
    this._tellPhase('tls')
    if (target.sslNegotiation === 'direct') return this._encrypt()
    raw.once('data', (answer) => this._handleSslAnswer(answer))
    return raw.write(serialize.requestSsl())
  }

  // Bytes behind the `S` would have come in the clear (T-1).
  _handleSslAnswer(answer) {
    switch (answer.toString('utf8')) {
      case 'S':
        return this._encrypt()
      case 'N':
        return this._receiver.onError(new Error('The server does not support SSL connections'))
      default:
        return this._receiver.onError(new Error('There was an error establishing an SSL connection'))
    }
  }

  _encrypt() {
    const { raw, _target: target } = this
    try {
      this.stream = tls.connect(tlsOptions(raw, target))
    } catch (error) {
      this._receiver.onError(explain(error))
      return
    }
    // Before Node judges it, and destroys the handle that knows it.
    let chain
    this.stream.prependListener('secure', () => (chain = refusedChain(this.stream)))
    this.stream.on('error', (error) => this._receiver.onError(explain(error, chain)))
    this.stream.once('close', () => raw.destroy?.())
    this.stream.unref?.()
    this._handleOpen()
  }

  // pg writes at once, which waits in the TLSSocket, and may hear of a failed handshake as a failed write. Here nothing is
  // said before it is secure: the error is the handshake's, and there is a certificate to bind to.
  _handleOpen() {
    const { stream, _receiver: receiver } = this
    if (stream.secureConnecting === true) stream.once('secureConnect', () => receiver.onOpen(stream))
    else receiver.onOpen(stream)
  }
}

// pg calls connect() in any case. A socket that is connected already would refuse, and a plain Duplex has no such method.
function isConnected(raw) {
  return typeof raw.connect !== 'function' || raw.pending === false
}

// T-3: the name always comes from the host, except where the host is an address.
function tlsOptions(raw, { host, ssl, sslNegotiation }) {
  const options = { socket: raw, host }
  if (ssl !== true) {
    Object.assign(options, ssl, nodeTrust(ssl))
    if ('key' in ssl) options.key = ssl.key // it hides from the copy (C-7)
  }
  const { checkServerIdentity } = options
  if (typeof checkServerIdentity === 'function') options.checkServerIdentity = guarded(checkServerIdentity)
  if (sslNegotiation === 'direct') options.ALPNProtocols = ['postgresql']
  if (net.isIP(host) === 0) options.servername = host
  return options
}

// Node calls it in the middle of an event, where what it throws would end the process (DV-71).
function guarded(check) {
  return function (...args) {
    try {
      return check.apply(this, args)
    } catch (error) {
      return error || new Error('checkServerIdentity failed without a reason')
    }
  }
}

module.exports = { Socket, streamOf }
