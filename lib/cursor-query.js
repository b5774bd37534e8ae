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
    this._readers = []
    this._isFetching = false
    this._isClosing = false
    this._timeout = config.query_timeout
    this._timer = undefined
  }

  /** The next page; an empty one means that there are no more rows. */
  read(client, rows) {
    // No reaction of our own on this promise: V8 would not find the async frames of whoever awaits it.
    const reader = { ...deferredOf(client._Promise), rows }
    this._readers.push(reader)
    if (!this._isFetching) this._serve(client)
    return reader.promise
  }

  // One page at a time: the first of the readers waits for the server, the others for their turn.
  _serve(client) {
    while (this._readers.length > 0) {
      const [reader] = this._readers
      if (this._failure !== undefined) reader.reject(this._failure)
      else if (this._isOver || this._isClosing) reader.resolve([])
      else return this._fetch(client, reader.rows)
      this._readers.shift()
    }
  }

  _fetch(client, rows) {
    this._isFetching = true
    this._watchTime(this._timeout || client.connectionParameters.query_timeout)
    if (this._client === undefined) {
      this.rows = rows
      this.start(client)
    } else {
      native.fetch(this._session, rows)
    }
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
    if (!this._isFetching && this._isActive) {
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
    if (!this._isFetching) return
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
    if (!this._isFetching) return
    this._isFetching = false
    clearTimeout(this._timer)
    if (this._failure === undefined) {
      const { rows } = this._result
      this._result.rows = []
      this._readers.shift().resolve(rows)
    }
    this._serve(this._client)
  }
}

module.exports = CursorQuery
