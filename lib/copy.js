'use strict'

// `copyFrom()` and `copyTo()`: COPY as Node streams. Whole buffers pass; their frames are made and read natively.

const { Readable, Writable } = require('stream')
const EVENT = require('./events')
const Exchange = require('./exchange')
const Query = require('./query')
const { Loan, OwnClient } = require('./loan')
const { flushSoon, native } = require('./mailbox')
const { nextTick } = require('./turns')

/** What both directions have in common: the statement's course. */
class CopyQuery extends Exchange {
  constructor(stream, text, flow, options) {
    super({ text, signal: options.signal }, flow)
    this._stream = stream
    this._direction = flow === Query.FLAG.COPY_IN ? 'in' : 'out'
    this._isCopying = false
    this._isComplete = false
    this._isStopping = false
  }

  handleSessionEvent(kind, detail) {
    if (kind === EVENT.COPY_DATA) return this._stream._handleData()
    if (kind === EVENT.COPY_DRAINED) return this._stream._handleRoom()
    if (kind !== EVENT.COPY_STARTED) return undefined
    if (detail !== this._direction) return this._refuse(detail)
    this._isCopying = true
    return this._stream._handleStart()
  }

  // The statement copies the other way round.
  _refuse(direction) {
    this._fail(this._wrongStatement())
    if (direction === 'in') native.failCopy(this._session, 'it was not expected')
    else native.cancel(this._session)
  }

  _receiveRows() {
    if (this._failure !== undefined) return
    this._fail(this._wrongStatement())
    native.cancel(this._session)
  }

  _completeCommand(text) {
    super._completeCommand(text)
    if (!this._isCopying) this._fail(this._wrongStatement())
    this._isComplete = true
    this._stream._handleComplete?.()
  }

  _completeEmpty() {
    this._fail(this._wrongStatement())
  }

  _wrongStatement() {
    const [method, statement] =
      this._direction === 'in' ? ['copyFrom', 'COPY ... FROM STDIN'] : ['copyTo', 'COPY ... TO STDOUT']
    const error = new Error(`${method}() needs a statement of the form ${statement}, and this is none`)
    error.code = 'ERR_OXPG_NOT_COPY'
    return error
  }

  _stop() {
    if (this._isStopping) return
    this._isStopping = true
    if (this._direction === 'out') {
      native.discardCopyData(this._session)
      native.cancel(this._session)
    } else {
      native.failCopy(this._session, this._failure?.message ?? 'the stream was destroyed')
    }
  }

  _fail(error) {
    super._fail(error)
    // Not within the drain that told of it: the stream's listeners are the application's.
    nextTick(() => this._stream.destroy(this._failure))
  }

  _end() {
    if (this._isOver) return
    if (this._failure !== undefined && this._direction === 'out' && this._isCopying) {
      native.discardCopyData(this._session)
    }
    super._end()
    if (this._failure === undefined) this._stream._handleEnd(this._result.rowCount)
  }
}

const lender = (owner, stream) =>
  typeof owner.cursor === 'function'
    ? new OwnClient(owner)
    : new Loan(owner, (error) => stream.destroy(error))

/** The part of both streams that neither Readable nor Writable knows. */
function begin(stream) {
  if (stream._hasBegun) return
  stream._hasBegun = true
  stream._query.watch()
  if (stream._query._isOver) return
  stream._lender.take((error, client) => {
    if (error) stream.destroy(error)
    else stream._query.start(client)
  })
}

function end(stream, error, callback) {
  const done = () => {
    stream._lender.giveBack(error)
    callback(error)
  }
  if (error) stream._query._failure ??= error
  stream._query.giveUp()
  stream._query.whenOver(done)
}

/** The bytes of a COPY TO STDOUT. */
class CopyTo extends Readable {
  constructor(owner, text, options = {}) {
    super({ highWaterMark: options.highWaterMark ?? 64 * 1024 })
    /** Bytes so far. */
    this.bytes = 0
    /** Rows, when all have come. */
    this.rowCount = null
    this._hasBegun = false
    this._available = 0
    this._rest = []
    this._isWanted = false
    this._isEnded = false
    this._lender = lender(owner, this)
    this._query = new CopyQuery(this, text, Query.FLAG.COPY_OUT, options)
  }

  _read() {
    this._isWanted = true
    begin(this)
    this._pass()
  }

  _handleStart() {}

  _handleData() {
    this._available++
    this._pass()
  }

  // The session is free for others from here on: what it still holds is taken.
  _handleComplete() {
    for (; this._available > 0; this._available--) this._rest.push(native.takeCopyData(this._query._session))
  }

  _handleEnd(rowCount) {
    this.rowCount = rowCount
    this._isEnded = true
    this._lender.giveBack()
    this._pass()
  }

  // Bytes count against the session until they are taken here: a slow reader slows its server.
  _pass() {
    while (this._isWanted && !this.destroyed) {
      let buffer = this._rest.shift()
      if (buffer === undefined) {
        if (this._available === 0) break
        this._available--
        buffer = native.takeCopyData(this._query._session)
        // The session is lost; its end is on the way.
        if (buffer === null) return
      }
      this.bytes += buffer.length
      this._isWanted = this.push(buffer)
    }
    if (this._isEnded && this._rest.length === 0 && !this.destroyed) this.push(null)
  }

  _destroy(error, callback) {
    this._rest = []
    end(this, error, callback)
  }
}

/** Takes the bytes of a COPY FROM STDIN. */
class CopyFrom extends Writable {
  constructor(owner, text, options = {}) {
    super({ highWaterMark: options.highWaterMark ?? 64 * 1024 })
    /** Bytes so far. */
    this.bytes = 0
    /** Rows, when the server has confirmed them. */
    this.rowCount = null
    this._hasBegun = false
    this._held = undefined
    this._room = undefined
    this._finished = undefined
    this._lender = lender(owner, this)
    this._query = new CopyQuery(this, text, Query.FLAG.COPY_IN, options)
  }

  _write(chunk, encoding, callback) {
    if (this._query._isCopying) return this._give(chunk, callback)
    this._held = { chunk, callback }
    begin(this)
  }

  _final(callback) {
    this._finished = callback
    if (this._query._isCopying) this._conclude()
    else begin(this)
  }

  _handleStart() {
    const held = this._held
    this._held = undefined
    if (held !== undefined) this._give(held.chunk, held.callback)
    else if (this._finished !== undefined) this._conclude()
  }

  _give(chunk, callback) {
    this.bytes += chunk.length
    const hasRoom = native.copyData(this._query._session, chunk)
    flushSoon()
    if (hasRoom) callback()
    else this._room = callback
  }

  _handleRoom() {
    const callback = this._room
    this._room = undefined
    callback?.()
  }

  _conclude() {
    native.copyDone(this._query._session)
    flushSoon()
  }

  _handleEnd(rowCount) {
    this.rowCount = rowCount
    this._lender.giveBack()
    // The server may have ended it before we did.
    if (this._finished !== undefined) this._finished()
    else this.destroy(new Error('The COPY ended before its stream did'))
  }

  _destroy(error, callback) {
    this._held = this._room = undefined
    end(this, error, callback)
  }
}

module.exports = { CopyFrom, CopyTo }
