'use strict'

// `pool.stream()`: the rows of a query as a stream that owns its client.

const { Readable } = require('stream')
const { Cursor, BATCH_SIZE } = require('./cursor')
const { Loan } = require('./loan')
const { abortError, onAbort, signalOf } = require('./abandonment')
const { throwLater } = require('./turns')

/** Takes a client with the first read, and gives it back with the last row, at `destroy()`, or at an error. */
class PoolStream extends Readable {
  /** @param {object} config see `cursorConfig` in lib/cursor.js */
  constructor(pool, config) {
    const { signal, batchSize = BATCH_SIZE, ...query } = config
    super({ objectMode: true, highWaterMark: config.highWaterMark ?? batchSize })
    // Refuses a bad batchSize here and now.
    this._begin = (client) => new Cursor(client, { ...query, batchSize })
    this._begin(undefined)
    this._cursor = undefined
    this._hasBegun = false
    this._loan = new Loan(pool, (error) => this.destroy(error))
    const watched = signalOf({ signal })
    if (watched?.aborted) this.destroy(abortError(watched))
    else if (watched) this._stopWatching = onAbort(watched, () => this.destroy(abortError(watched)))
  }

  _read() {
    if (this._cursor !== undefined) return this._fetch()
    if (this._hasBegun) return
    this._hasBegun = true
    this._loan.take((error, client) => {
      if (error) return this.destroy(error)
      this._cursor = this._begin(client)
      this._fetch()
    })
  }

  _fetch() {
    this._cursor.read().then(
      (rows) => {
        if (this.destroyed) return
        if (rows.length > 0) {
          for (let i = 0; i < rows.length; i++) this._give(rows[i])
          return
        }
        // The last rows may wait for their reader; the client does not.
        this._loan.giveBack()
        this.push(null)
      },
      (error) => this.destroy(error)
    )
  }

  // What a listener throws is uncaught, and costs the others no row.
  _give(row) {
    try {
      this.push(row)
    } catch (error) {
      throwLater(error)
    }
  }

  _destroy(error, callback) {
    this._stopWatching?.()
    const done = () => {
      this._loan.giveBack(error)
      callback(error)
    }
    if (this._cursor === undefined) done()
    else this._cursor._giveUp(done)
  }
}

module.exports = PoolStream
