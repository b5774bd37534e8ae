'use strict'

// Who takes the events of a native pool. A pool that the application dropped without end() is let go: its idle sessions
// close, and its native half with them.

const EVENT = require('./events')

class PoolRegistry {
  constructor(native) {
    this._native = native
    this._pools = new Map()
    this._dropped = new FinalizationRegistry((number) => this._end(number))
  }

  /**
   * Remembers a pool as long as somebody else does: the application, a Client with an open session, a query or checkout
   * under way.
   */
  set(number, pool) {
    this._pools.set(number, new WeakRef(pool))
    this._dropped.register(pool, number, pool)
  }

  /** Keeps a pool, whoever forgets it, until it is deleted. */
  keep(number, pool) {
    this._dropped.unregister(pool)
    this._pools.set(number, { deref: () => pool })
  }

  /** Who takes the events of this pool. */
  get(number) {
    const reference = this._pools.get(number)
    return reference && (reference.deref() ?? { onEvent: (kind) => this._onLateEvent(number, kind) })
  }

  delete(number) {
    this._pools.delete(number)
  }

  _end(number) {
    if (this._pools.has(number)) this._native.endPool(number)
  }

  _onLateEvent(number, kind) {
    if (kind !== EVENT.POOL_ENDED) return
    this._native.forgetPool(number)
    this.delete(number)
  }
}

module.exports = PoolRegistry
