'use strict'

// pg's Connection: the protocol's messages as methods and events, over any stream (catalogue 5.2). The connection of a
// Client is a SessionConnection, whose stream is the session's.

const { EventEmitter } = require('events')
const net = require('net')
const { parse, serialize } = require('pg-protocol')
const streams = require('./stream')

class Connection extends EventEmitter {
  constructor(config) {
    super()
    config = config || {}
    this._useStream(config)
    this._keepAlive = config.keepAlive
    this._keepAliveInitialDelayMillis = config.keepAliveInitialDelayMillis
    this._keepParsedStatements()
    this.submittedNamedStatements = {}
    this.ssl = config.ssl || false
    this.sslNegotiation = config.sslNegotiation || 'postgres'
    this._ending = false
    this._emitMessage = false
    this.on('newListener', (name) => {
      if (name === 'message') this._emitMessage = true
    })
  }

  _useStream(config) {
    const { stream } = config
    if (typeof stream === 'function') this.stream = stream(config)
    else this.stream = stream || streams.getStream(config.ssl)
  }

  _keepParsedStatements() {
    this.parsedStatements = {}
  }

  /** Connects the stream: to a port and host, or to the path of a unix socket. */
  connect(port, host) {
    const { stream } = this
    this._connecting = true
    stream.setNoDelay(true)
    stream.connect(port, host)
    stream.once('connect', () => {
      if (this._keepAlive) stream.setKeepAlive(true, this._keepAliveInitialDelayMillis)
      this.emit('connect')
    })
    const report = (error) => this._reportStreamError(error)
    stream.on('error', report)
    stream.on('close', () => this.emit('end'))
    if (!this.ssl) this.attachListeners(stream)
    else if (this.sslNegotiation === 'direct') stream.once('connect', () => this.upgradeToSSL(host, report))
    else stream.once('data', (answer) => this._handleSslAnswer(answer.toString(), host, report))
  }

  // Goodbyes may cross: a reset after our own is no error.
  _reportStreamError(error) {
    if (this._ending && (error.code === 'ECONNRESET' || error.code === 'EPIPE')) return
    this.emit('error', error)
  }

  _handleSslAnswer(answer, host, report) {
    if (answer === 'S') return this.upgradeToSSL(host, report)
    this.stream.end()
    return this.emit(
      'error',
      new Error(
        answer === 'N'
          ? 'The server does not support SSL connections'
          : 'There was an error establishing an SSL connection'
      )
    )
  }

  /** Continues over TLS; `report` gets the errors of the new stream. */
  upgradeToSSL(host, report) {
    const options = { socket: this.stream, host }
    if (this.ssl !== true) {
      Object.assign(options, this.ssl)
      // Hidden from enumeration (C-7).
      if ('key' in this.ssl) options.key = this.ssl.key
    }
    if (this.sslNegotiation === 'direct') options.ALPNProtocols = ['postgresql']
    // A server name is no address (RFC 6066).
    if (net.isIP(host) === 0) options.servername = host
    try {
      this.stream = streams.getSecureStream(options)
    } catch (error) {
      this.emit('error', error)
      return
    }
    this.attachListeners(this.stream)
    this.stream.on('error', report)
    this.emit('sslconnect')
  }

  /** Turns what comes over the stream into events. */
  attachListeners(stream) {
    parse(stream, (message) => this._receive(message))
  }

  _receive(message) {
    if (this._emitMessage) this.emit('message', message)
    this.emit(message.name === 'error' ? 'errorMessage' : message.name, message)
  }

  requestSsl() {
    this.stream.write(serialize.requestSsl())
  }

  startup(config) {
    this.stream.write(serialize.startup(config))
  }

  cancel(processID, secretKey) {
    this._send(serialize.cancel(processID, secretKey))
  }

  password(password) {
    this._send(serialize.password(password))
  }

  sendSASLInitialResponseMessage(mechanism, initialResponse) {
    this._send(serialize.sendSASLInitialResponseMessage(mechanism, initialResponse))
  }

  sendSCRAMClientFinalMessage(additionalData) {
    this._send(serialize.sendSCRAMClientFinalMessage(additionalData))
  }

  _send(buffer) {
    return this.stream.writable ? this.stream.write(buffer) : false
  }

  query(text) {
    this._send(serialize.query(text))
  }

  parse(query) {
    this._send(serialize.parse(query))
  }

  bind(config) {
    this._send(serialize.bind(config))
  }

  execute(config) {
    this._send(serialize.execute(config))
  }

  describe(message) {
    this._send(serialize.describe(message))
  }

  close(message) {
    this._send(serialize.close(message))
  }

  flush() {
    this._send(serialize.flush())
  }

  sync() {
    this._send(serialize.sync())
  }

  sendCopyFromChunk(chunk) {
    this._send(serialize.copyData(chunk))
  }

  endCopyFrom() {
    this._send(serialize.copyDone())
  }

  sendCopyFail(message) {
    this._send(serialize.copyFail(message))
  }

  /** Says goodbye and closes. */
  end() {
    this._ending = true
    const { stream } = this
    if (this._connecting && stream.writable) return stream.write(serialize.end(), () => stream.end())
    stream.end()
    return undefined
  }

  ref() {
    this.stream.ref()
  }

  unref() {
    this.stream.unref()
  }
}

module.exports = Connection
