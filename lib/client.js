'use strict'

const { EventEmitter } = require('events')
const { tell } = require('./client-events')
const ConnectionParameters = require('./connection-parameters')
const Query = require('./query')
const { send } = require('./query-messages')
const SessionConnection = require('./session-connection')
const TypeOverrides = require('./type-overrides')
const defaults = require('./defaults')
const utils = require('./utils')
const { toError } = require('./errors')
const { abandonable, abortError, cancelQuery, signalOf } = require('./abandonment')
const { tellNotice, tellParameter, tellReady } = require('./session-messages')
const { contextOfNow, inContext } = require('./context')
const { addClientStreams } = require('./streams')
const { deprecateQueues, warnPromise, warnQueueLength } = require('./deprecations')
const { deferredOf } = require('./rejection')
const { notePristine } = require('./pristine')
const pipeline = require('./pipeline')
const { numberOr, sessionConfig, startupParameters, timerMillis } = require('./session-config')
const { explain } = require('./tls-failure')
const { explainTrust } = require('./tls-trust')
const { nextTick, setImmediate } = require('./turns')

class Client extends EventEmitter {
  constructor(config) {
    super()
    this.connectionParameters = new ConnectionParameters(config)
    this.user = this.connectionParameters.user
    this.database = this.connectionParameters.database
    this.port = this.connectionParameters.port
    this.host = this.connectionParameters.host
    // C-8: secrets are there, but no inspection shows them.
    Object.defineProperty(this, 'password', {
      configurable: true,
      enumerable: false,
      writable: true,
      value: this.connectionParameters.password,
    })
    this.replication = this.connectionParameters.replication
    const c = config || {}
    if (c.Promise) warnPromise()
    this._Promise = c.Promise || Promise
    this._types = new TypeOverrides(c.types)
    this._ending = false
    this._ended = false
    this._connecting = false
    this._connected = false
    this._connectionError = false
    this._queryable = true
    this._activeQuery = null
    this._txStatus = null
    this.enableChannelBinding = Boolean(c.enableChannelBinding)
    this.scramMaxIterations = numberOr(c.scramMaxIterations, 100000)
    this.connection = c.connection?.open
      ? c.connection
      : new SessionConnection({
          // A Connection of the caller's own brings its stream (O-22).
          stream: c.connection?.stream || c.stream,
          ssl: this.connectionParameters.ssl,
          sslNegotiation: this.connectionParameters.sslnegotiation,
          keepAlive: c.keepAlive || false,
          keepAliveInitialDelayMillis: c.keepAliveInitialDelayMillis || 0,
          encoding: this.connectionParameters.client_encoding || 'utf8',
        })
    this._queryQueue = []
    this._sentQueryQueue = []
    this.pipeline = Boolean(c.pipeline)
    this.binary = c.binary || defaults.binary
    this.processID = null
    this.secretKey = null
    this.ssl = this.connectionParameters.ssl || false
    this.sslNegotiation = this.connectionParameters.sslnegotiation || 'postgres'
    if (this.ssl && this.ssl.key) Object.defineProperty(this.ssl, 'key', { enumerable: false })
    this._connectionTimeoutMillis = c.connectionTimeoutMillis || 0
  }

  _getActiveQuery() {
    return this._activeQuery
  }

  connect(callback) {
    if (callback) {
      this._connect(typeof callback === 'function' ? inContext(callback) : () => {})
      return undefined
    }
    return new this._Promise((resolve, reject) => {
      this._connect((error) => (error ? reject(error) : resolve(this)))
    })
  }

  _connect(callback) {
    if (this._connecting || this._connected) {
      // The first caller keeps its callback (N-3).
      const error = new Error('Client has already been connected. You cannot reuse a client.')
      nextTick(() => callback(error))
      return
    }
    this._connectionCallback = callback
    this._connecting = true
    let config
    try {
      config = sessionConfig(this, {
        keepAlive: this.connection._keepAlive,
        keepAliveInitialDelayMillis: this.connection._keepAliveInitialDelayMillis,
        stream: this.connection.customStream,
      })
      this.connection.open(this, config, timerMillis(this._connectionTimeoutMillis))
    } catch (error) {
      nextTick(() => {
        setImmediate(() => this._handleEnd())
        this._handleErrorEvent(explain(error))
      })
    }
  }

  /** Becomes the Client of a session that a pool opened by itself. */
  adopt(session, introduction) {
    this._connected = true
    this.readyForQuery = true
    this._txStatus = 'I'
    this.connection.attach(this, session)
    if (introduction === null) return
    const { processID, secretKey } = JSON.parse(introduction)
    this.processID = processID
    this.secretKey = secretKey
  }

  /** The startup message's parameters, without the encoding (2.7). */
  getStartupConf() {
    return startupParameters(this.connectionParameters)
  }

  /** What the native side has to tell about the session. */
  onEvent(kind, ticket, detail) {
    return tell(this, kind, ticket, detail)
  }

  _handleConnected(introduction) {
    // end() was called meanwhile, and the session is closing: connect() rejects when it has (N-9).
    if (this.connection._ending) return
    for (const parameter of introduction.parameters) tellParameter(this, parameter)
    for (const notice of introduction.notices) tellNotice(this, notice)
    if (this.password !== null) this.saslSession = null
    this.processID = introduction.processID
    this.secretKey = introduction.secretKey
    this._handleReadyForQuery(introduction.status)
  }

  _handleConnectFailed(failure) {
    const error = explainTrust(toError(failure), this.ssl)
    this.connection.detach()
    // A server that just closes the socket is told apart by the end that follows (N-7).
    if (failure.kind !== 'closed') this._handleErrorEvent(error)
    setImmediate(() => this._handleEnd())
  }

  // In pg a socket's error and its end come in turns of their own: promises settle in between.
  _handleClosed(detail) {
    const cause = detail === '' ? undefined : toError(detail)
    this.connection.detach()
    this.connection.afterReading(() => setImmediate(() => this._handleClosedSocket(cause)))
  }

  _handleClosedSocket(cause) {
    const error = cause ?? this.connection.destroyError
    const expected =
      this.connection._ending && error && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
    if (!error || expected) return this._handleEnd()
    setImmediate(() => this._handleEnd())
    return this._handleErrorEvent(error)
  }

  _handleEnd() {
    const error = new Error(this._ending ? 'Connection terminated' : 'Connection terminated unexpectedly')
    this._errorAllQueries(error)
    this._ended = true
    if (this._connecting && !this._connectionError && this._connectionCallback) {
      // Also when end() was called meanwhile: a promise must settle (N-9).
      this._connectionError = true
      this._connectionCallback(error)
    } else if (!this._ending && !this._connectionError) {
      this._handleErrorEvent(error)
    }
    this.connection.emit('end')
    nextTick(() => this.emit('end'))
  }

  _errorAllQueries(error) {
    const queries = [...this._sentQueryQueue, ...this._queryQueue]
    if (this._activeQuery) queries.unshift(this._activeQuery)
    this._activeQuery = null
    this._sentQueryQueue.length = 0
    this._queryQueue.length = 0
    for (const query of queries) nextTick(() => query.handleError(error, this.connection))
  }

  // The deliveries of the active query, in the order of the wire.

  onRows(batch) {
    const query = this._activeQuery
    if (query) query._receiveRows(batch, this.connection.ticket)
  }

  onCommand(text) {
    this._activeQuery?._completeCommand(text)
  }

  onEmpty() {
    this._activeQuery?._completeEmpty?.()
  }

  onFailed(error) {
    this._handleErrorMessage(error)
  }

  onReady(status) {
    this._handleReadyForQuery(String.fromCharCode(status))
    if (this.connection._eventsCount > 0) tellReady(this.connection, status)
  }

  _handleReadyForQuery(status) {
    const isFirst = this._connecting
    const query = this._activeQuery
    this._activeQuery = null
    // The first one counts behind connect()'s callback (N-4).
    this.readyForQuery = !isFirst
    if (!isFirst) this._txStatus = status
    try {
      if (isFirst) this._tellConnected()
      else if (query) query.handleReadyForQuery(this.connection)
    } finally {
      // Whatever a listener or callback throws, the queries behind go on.
      this.readyForQuery ||= isFirst
      if (isFirst) this._txStatus = status
      this._pulseQueryQueue()
    }
  }

  _tellConnected() {
    this._connecting = false
    this._connected = true
    const callback = this._connectionCallback
    this._connectionCallback = null
    try {
      callback?.(null, this)
    } finally {
      this.emit('connect')
    }
  }

  _handleErrorWhileConnecting(error) {
    if (this._connectionError) return undefined
    this._connectionError = true
    if (this._connectionCallback) return this._connectionCallback(error)
    return this.emit('error', error)
  }

  // The session is of no use any more: everything that waits fails, and the Client says so.
  _handleErrorEvent(error) {
    if (this._connecting) return this._handleErrorWhileConnecting(error)
    this._queryable = false
    this._errorAllQueries(error)
    return this.emit('error', error)
  }

  _handleErrorMessage(error) {
    if (this._connecting) return this._handleErrorWhileConnecting(error)
    const query = this._activeQuery
    if (!query) return this._handleErrorEvent(error)
    this._activeQuery = null
    if (query.name) delete this.connection.submittedNamedStatements[query.name]
    // It was told of the timeout, and would answer this error as well.
    if (query._abandoned && !(query instanceof Query)) return undefined
    return query.handleError(error, this.connection)
  }

  _pulseQueryQueue() {
    if (this.pipeline) {
      pipeline.pulse(this)
      return
    }
    if (this.readyForQuery !== true) return
    const query = this._queryQueue.shift()
    this._activeQuery = query ?? null
    if (query) {
      this.readyForQuery = false
      this.hasExecuted = true
      const error = send(query, this.connection)
      if (error) {
        nextTick(() => {
          this._activeQuery = null
          try {
            query.handleError(error, this.connection)
          } finally {
            this.readyForQuery = true
            this._pulseQueryQueue()
          }
        })
      }
    } else if (this.hasExecuted) {
      this.emit('drain')
    }
  }

  query(config, values, callback) {
    if (config == null) throw new TypeError('Client was passed a null or undefined query')
    let query
    let result
    if (typeof config.submit === 'function') {
      result = query = config
      if (!query.callback) {
        if (typeof values === 'function') query.callback = values
        else if (callback) query.callback = callback
      }
    } else {
      query = new Query(config, values, callback)
      if (!query.callback) {
        const { promise, resolve, reject } = deferredOf(this._Promise)
        result = promise
        query.callback = (error, outcome) => (error ? reject(error) : resolve(outcome))
      } else if (typeof query.callback !== 'function') {
        throw new TypeError('callback is not a function')
      } else {
        query._context = contextOfNow()
      }
    }
    const timeout = config.query_timeout || this.connectionParameters.query_timeout
    const signal = signalOf(config)
    if (timeout || signal) abandonable(this, query, timeout, signal?.aborted ? undefined : signal)
    if (this.binary && !query.binary) query.binary = true
    if (query._result && !query._result._types) query._result._types = this._types
    const refusal = signal?.aborted ? abortError(signal) : this._refusal(query)
    if (refusal) {
      nextTick(() => refuse(query, refusal, this.connection))
      return result
    }
    if (this._queryQueue.length > 0 && !this.pipeline) warnQueueLength()
    this._queryQueue.push(query)
    this._pulseQueryQueue()
    return result
  }

  // Why a query cannot even be queued.
  _refusal(query) {
    const refusal = this.pipeline && pipeline.pipelineRefusal(query, !(query instanceof Query))
    if (refusal) return refusal
    if (!this._queryable) {
      return new Error('Client has encountered a connection error and is not queryable')
    }
    return this._ending ? new Error('Client was closed and is not queryable') : undefined
  }

  cancel(client, query) {
    cancelQuery(client, query)
  }

  setTypeParser(oid, format, parseFn) {
    return this._types.setTypeParser(oid, format, parseFn)
  }

  getTypeParser(oid, format) {
    return this._types.getTypeParser(oid, format)
  }

  escapeIdentifier(str) {
    return utils.escapeIdentifier(str)
  }

  escapeLiteral(str) {
    return utils.escapeLiteral(str)
  }

  ref() {
    this.connection.ref()
  }

  unref() {
    this.connection.unref()
  }

  getTransactionStatus() {
    return this._txStatus
  }

  end(callback) {
    this._ending = true
    const { connection } = this
    // Never connected, or closed already: nothing to wait for (EN-2).
    if (!connection._connecting || this._ended) {
      if (!callback) return this._Promise.resolve()
      callback()
      return undefined
    }
    if (!this._queryable) connection.stream.destroy()
    else if (this.pipeline && pipeline.hasWork(this)) this.once('drain', () => connection.end())
    else if (this._activeQuery) connection.stream.destroy()
    else connection.end()
    if (callback) {
      connection.once('end', inContext(callback))
      return undefined
    }
    return new this._Promise((resolve) => connection.once('end', () => resolve()))
  }
}

deprecateQueues(Client.prototype)
addClientStreams(Client.prototype)

// A Submittable of any kind; one without handleError can still have a callback.
function refuse(query, error, connection) {
  if (typeof query.handleError === 'function') query.handleError(error, connection)
  else if (typeof query.callback === 'function') query.callback(error)
}

Client.Query = Query

notePristine({ query: Client.prototype.query, connect: Client.prototype.connect })

module.exports = Client
