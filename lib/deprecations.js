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

module.exports = { warnActiveQuery, warnPromise, warnQueryQueue, warnQueueLength }
