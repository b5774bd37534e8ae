'use strict'

// Deliveries come in the context of nobody. A callback runs in its caller's: AsyncLocalStorage, domains, tracing (2.27).

const { AsyncResource } = require('async_hooks')

/** The callback, bound to the context of now. What is no function stays as it is. */
function inContext(callback) {
  return typeof callback === 'function' ? AsyncResource.bind(callback, 'oxpg') : callback
}

/** The context of now, to run something in it later. */
const contextOfNow = () => new AsyncResource('oxpg')

module.exports = { contextOfNow, inContext }
