'use strict'

// A query in whose course JavaScript has a say: a cursor asks for its pages, a COPY gives or takes bytes. It has its
// turn in the Client's queue like any other, and whoever follows waits until it is over.

const Query = require('./query')
const { abortError, onAbort, signalOf } = require('./abandonment')
const { native } = require('./mailbox')
const { nextTick } = require('./turns')
const { hide } = require('./hidden')

// What is under way may end by itself within this time; then the server is told to cancel it.
const PATIENCE_MILLIS = 100

class Exchange extends Query {
  /**
   * @param {object} config of the query; its `signal` gives the exchange up
   * @param {number} flow one of Query.FLAG's
   */
  constructor(config, flow) {
    super(config)
    hide(this, '_flow', flow)
    hide(this, '_client', undefined)
    hide(this, '_isOver', false)
    hide(this, '_failure', undefined)
    hide(this, '_whenOver', [])
    hide(this, '_stopWatching', undefined)
    hide(this, '_signal', signalOf(config))
  }

  /** Listens to the signal from here on: one that never begins must not stay behind in it. */
  watch() {
    const signal = this._signal
    this._signal = undefined
    if (signal?.aborted) this.abort(abortError(signal))
    else if (signal) this._stopWatching = onAbort(signal, () => this.abort(abortError(signal)))
  }

  /** Goes to the end of the Client's queue; `handleError` tells if it cannot. */
  start(client) {
    this._client = client
    if (client.binary) this.binary ||= true
    this._result._types ||= client._types
    this.watch()
    if (this._isOver) return
    const refusal = client.pipeline ? pipelineError() : client._refusal(this)
    if (refusal !== undefined) {
      nextTick(() => this.handleError(refusal))
      return
    }
    client._queryQueue.push(this)
    client._pulseQueryQueue()
  }

  // Natively, as an ordinary Query goes.
  submit(connection) {
    const invalid = this._invalid()
    if (invalid !== undefined) return invalid
    try {
      return this._send(connection.session, connection.ticket, this._flow)
    } catch (error) {
      return error
    }
  }

  get _session() {
    return this._client.connection.session
  }

  get _isActive() {
    return this._client !== undefined && this._client._activeQuery === this
  }

  /** It has not begun, and shall not. True: that was in time. */
  _leaveQueue() {
    if (this._isOver || this._isActive) return this._isOver
    const queue = this._client?._queryQueue
    const place = queue === undefined ? -1 : queue.indexOf(this)
    if (place !== -1) queue.splice(place, 1)
    this._end()
    return true
  }

  /** Fails it, on the server too. */
  abort(error) {
    if (this._isOver) return
    this._fail(error)
    if (!this._leaveQueue()) this.cancel()
  }

  /** Stops it politely; what does not end soon is cancelled on the server. */
  giveUp() {
    if (this._leaveQueue()) return
    this._stop()
    const timer = setTimeout(() => native.cancel(this._session), PATIENCE_MILLIS)
    this._whenOver.push(() => clearTimeout(timer))
  }

  /** Stops it at once. */
  cancel() {
    if (!this._isActive) return
    this._stop()
    native.cancel(this._session)
  }

  /** Its Client went back to the pool. */
  handleRelease() {
    this._fail(new Error('The client was released while a cursor or a COPY was under way on it'))
    this.giveUp()
  }

  /** Calls back when the Client is free for its next query. */
  whenOver(callback) {
    if (this._isOver) callback()
    else this._whenOver.push(callback)
  }

  handleError(error) {
    this._fail(error)
    this._end()
  }

  handleReadyForQuery() {
    if (this._canceledDueToError) this._fail(this._canceledDueToError)
    this._end()
  }

  // The first error counts.
  _fail(error) {
    this._failure ??= error
  }

  _end() {
    if (this._isOver) return
    this._isOver = true
    this._stopWatching?.()
    for (const callback of this._whenOver.splice(0)) callback()
  }
}

function pipelineError() {
  const error = new Error(
    'Cursors and COPY need a connection of their own: they cannot run on a client with pipeline: true'
  )
  error.code = 'ERR_OXPG_PIPELINE'
  return error
}

module.exports = Exchange
