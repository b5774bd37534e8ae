'use strict'

// A portal that gives its rows page by page: what `Cursor` speaks to.

const EVENT = require('./events')
const Exchange = require('./exchange')
const Query = require('./query')
const { native } = require('./mailbox')
const { deferredOf } = require('./rejection')

class CursorQuery extends Exchange {
  constructor(config) {
    super(config, Query.FLAG.CURSOR)
    this.queryMode = 'extended'
    this._pending = undefined
    this._isClosing = false
    this._timeout = config.query_timeout
    this._timer = undefined
  }

  /** The next page; an empty one means that there are no more rows. One at a time. */
  fetch(client, rows) {
    if (this._failure !== undefined && this._client !== undefined) return Promise.reject(this._failure)
    if (this._isOver || this._isClosing) return Promise.resolve([])
    this._pending = deferredOf(client._Promise)
    const { promise } = this._pending
    this._watchTime(this._timeout || client.connectionParameters.query_timeout)
    if (this._client === undefined) {
      this.rows = rows
      this.start(client)
    } else {
      native.fetch(this._session, rows)
    }
    return promise
  }

  /** Ends the portal, behind the page that is on its way. */
  close() {
    this._isClosing = true
    if (!this._leaveQueue()) this._stop()
  }

  _stop() {
    this._isClosing = true
    native.closePortal(this._session)
  }

  abort(error) {
    // Between two pages the server is at rest, and a cancel request would hit nothing.
    if (this._pending === undefined && this._isActive) {
      this._fail(error)
      this._stop()
    } else {
      super.abort(error)
    }
  }

  _watchTime(millis) {
    if (!millis) return
    this._timer = setTimeout(() => this.abort(new Error('Query read timeout')), millis)
  }

  _receiveRows(batch, ticket) {
    // Nobody waits for the rest of a page whose reader has given up.
    if (this._pending === undefined) return
    batch.isCut = true
    super._receiveRows(batch, ticket)
  }

  handleSessionEvent(kind) {
    if (kind !== EVENT.SUSPENDED) return
    if (this._canceledDueToError) {
      this._fail(this._canceledDueToError)
      this._stop()
    } else {
      this._settle()
    }
  }

  _fail(error) {
    super._fail(error)
    this._settle()
  }

  _end() {
    super._end()
    this._settle()
  }

  // Gives the reader its page, or the reason why there is none.
  _settle() {
    const pending = this._pending
    if (pending === undefined) return
    this._pending = undefined
    clearTimeout(this._timer)
    if (this._failure !== undefined) {
      pending.reject(this._failure)
      return
    }
    const rows = this._result.rows
    this._result.rows = []
    pending.resolve(rows)
  }
}

module.exports = CursorQuery
