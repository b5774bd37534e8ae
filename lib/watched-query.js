'use strict'

// The watched path: a query of a pool through connect(), client.query() and release(), which anybody may patch (design 5).

const { isOrdinary } = require('./pool-errors')
const { note } = require('./announce')
const { signalOf } = require('./abandonment')

/** Runs a query on a Client of the pool and calls back once. */
function queryByClient(pool, text, values, callback) {
  const run = (error, client) => {
    if (error) callback(error)
    else execute(pool, client, { text, values, callback })
  }
  const signal = text ? signalOf(text) : undefined
  if (signal) pool.connect(run, signal)
  else pool.connect(run)
}

function execute(pool, client, { text, values, callback }) {
  let released = false
  const finish = (failure, result) => {
    if (released) return
    released = true
    client.removeListener('error', finish)
    try {
      client.release(failure, isOrdinary(failure, client))
    } finally {
      // Whatever a listener of the release throws, the query is answered.
      if (failure) callback(failure)
      else callback(undefined, result)
    }
  }
  client.once('error', finish)
  note(pool, 'dispatching query')
  try {
    if (hasOwnCallback(text)) callBoth(text, finish)
    client.query(text, values, (failure, result) => {
      note(pool, 'query dispatched')
      finish(failure, result)
    })
  } catch (failure) {
    finish(failure)
  }
}

const hasOwnCallback = (query) => typeof query?.submit === 'function' && typeof query.callback === 'function'

// PL-14: client.query() leaves a Submittable its own callback, so that the pool would never hear of the end.
function callBoth(query, finish) {
  const own = query.callback
  query.callback = function (failure, result) {
    try {
      return own.call(this, failure, result)
    } finally {
      finish(failure, result)
    }
  }
}

module.exports = { queryByClient }
