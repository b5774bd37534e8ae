'use strict'

// What pg itself warns of, in its words and once per process (2.26); nothing else.

const { deprecate } = require('util')

const warnActiveQuery = deprecate(() => {}, 'Client.activeQuery is deprecated and will be removed in pg@9.0')
const warnQueryQueue = deprecate(() => {}, 'Client.queryQueue is deprecated and will be removed in pg@9.0.')
const warnPromise = deprecate(
  () => {},
  'Passing a custom Promise implementation to the Client/Pool constructor is deprecated and will be removed in pg@9.0.'
)
const warnQueueLength = deprecate(
  () => {},
  'Calling client.query() when the client is already executing a query is deprecated and will be removed in pg@9.0. ' +
    'Use async/await or an external async flow control mechanism instead.'
)

/** Gives a Client's prototype the properties that are on their way out. */
function deprecateQueues(prototype) {
  Object.defineProperty(prototype, 'activeQuery', {
    configurable: true,
    get() {
      warnActiveQuery()
      return this._activeQuery
    },
    set(query) {
      warnActiveQuery()
      this._activeQuery = query
    },
  })
  Object.defineProperty(prototype, 'queryQueue', {
    configurable: true,
    get() {
      warnQueryQueue()
      return this._queryQueue
    },
  })
}

module.exports = { deprecateQueues, warnPromise, warnQueueLength }
