'use strict'

// Deliveries come in the context of nobody. A callback runs in its caller's: AsyncLocalStorage, domains, tracing (2.27).

const { AsyncResource } = require('async_hooks')

/**
 * The callback, bound to the context of now. What is no function stays as it is. Not by AsyncResource.bind(), which gives
 * its function deprecated properties and so takes twenty times as long.
 */
function inContext(callback) {
  if (typeof callback !== 'function') return callback
  const context = contextOfNow()
  return function (...args) {
    return context.runInAsyncScope(callback, this, ...args)
  }
}

/** The context of now, to run something in it later. */
const contextOfNow = () => new AsyncResource('oxpg')

module.exports = { contextOfNow, inContext }
