'use strict'

// The fast path: a query that goes straight to the native pool, which checks a session out, sends, receives and gives
// the session back without the event loop.

const Query = require('./query')
const { takeTicket, freeTicket } = require('./mailbox')
const { nextTick } = require('./turns')
const { refreshRoots } = require('./roots')
const { explainTrust } = require('./tls-trust')

/** Takes the deliveries of one query of a pool. */
class PoolQuery {
  constructor(pool, query, settle) {
    // Whoever drops the pool still gets the answer, and the password is still asked of it.
    this._pool = pool
    this._query = query
    this._settle = settle
    this._error = undefined
    this._ticket = takeTicket(this)
  }

  /** Sends the query to the native pool with this number. */
  submit(number) {
    let error
    try {
      error = this._query._invalid() ?? this._query._send(number, this._ticket, Query.FLAG.POOL)
    } catch (thrown) {
      error = thrown
    }
    if (error) {
      freeTicket(this._ticket)
      nextTick(this._settle, error)
    }
  }

  onRows(batch) {
    this._query._receiveRows(batch, this._ticket)
  }

  onCommand(text) {
    this._query._completeCommand(text)
  }

  onEmpty() {}

  onFailed(error) {
    this._error = error
    if (error?.severity !== undefined) return
    refreshRoots() // no error of the server's: was it trust?
    explainTrust(error, this._pool._template.ssl)
  }

  // By now the session is idle again, or another query's.
  onReady() {
    freeTicket(this._ticket)
    const query = this._query
    const error = query._canceledDueToError || this._error
    if (error) this._settle(error)
    else this._settle(undefined, query._results)
  }
}

module.exports = PoolQuery
