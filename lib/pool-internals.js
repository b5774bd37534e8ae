'use strict'

// pg-pool's internals that others look at (PL-20): own properties of a pool, as there, but views of what the native pool
// knows.

const { Checkout } = require('./checkout')
const { isForeign } = require('./pool-options')

const VIEWS = {
  _clients: {
    get() {
      return clientsOf(this)
    },
  },
  _idle: {
    get() {
      const idle = clientsOf(this).filter((client) => !client._isHeld && client._connected)
      return idle.slice(0, this.idleCount).map((client) => ({ client }))
    },
  },
  _pendingQueue: {
    get() {
      return Checkout.queueOf(this)
    },
  },
}

// Sessions that the fast path opened get their Clients when somebody looks.
function clientsOf(pool) {
  for (const session of pool._unclaimed) pool._adopt(session)
  return pool._owned
}

/**
 * Lets the properties become views at the moment when pg-pool's constructor assigns them. Later would cost every access to
 * the pool: V8 makes a dictionary of an object whose values turn into accessors.
 */
function showInternals(prototype) {
  for (const [name, view] of Object.entries(VIEWS)) {
    const set = function (value) {
      const own = isForeign(this.Client) ? { value, writable: true } : view
      Object.defineProperty(this, name, { ...own, enumerable: true, configurable: true })
    }
    Object.defineProperty(prototype, name, { set, configurable: true })
  }
}

module.exports = { showInternals }
