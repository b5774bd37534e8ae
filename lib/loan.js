'use strict'

// A client for one piece of work: the caller's own, or one of a pool's that goes back when the work is over.

const { isOrdinary } = require('./pool-errors')
const { throwLater } = require('./turns')

/** The caller's own client: there is nothing to give back. */
class OwnClient {
  constructor(client) {
    this._client = client
  }

  take(callback) {
    callback(undefined, this._client)
  }

  giveBack() {}
}

/** One of a pool's clients, checked out when it is needed. */
class Loan {
  /** @param {(error: Error) => void} onLost hears when the connection breaks meanwhile */
  constructor(pool, onLost) {
    this._pool = pool
    this._onLost = onLost
    this._client = undefined
    this._waiting = undefined
    this._isOver = false
  }

  /** @param {(error?: Error, client?: object) => void} callback */
  take(callback) {
    if (this._pool._isForeign) {
      callback(new Error("Cursors and COPY need clients of oxpg's own class, and this pool has others"))
      return
    }
    this._waiting = new AbortController()
    const taken = (error, client) => {
      if (this._isOver) {
        client?.release()
        return
      }
      if (error) return callback(error)
      this._client = client
      client.on('error', this._onLost)
      callback(undefined, client)
    }
    // The pool's connect() takes a signal beside its callback; a patched one may ignore it.
    this._pool.connect(taken, this._waiting.signal)
  }

  /** Once; more often does nothing. An ordinary error costs no connection. */
  giveBack(error) {
    if (this._isOver) return
    this._isOver = true
    const client = this._client
    if (client === undefined) {
      this._waiting?.abort()
      return
    }
    client.removeListener('error', this._onLost)
    try {
      client.release(error ?? undefined, isOrdinary(error, client))
    } catch (thrown) {
      // A listener of the pool's `release` did: uncaught, and whoever waits for the end of the stream hears of it.
      throwLater(thrown)
    }
  }
}

module.exports = { Loan, OwnClient }
