'use strict'

// Giving up a query: its caller hears at once, the server is told to stop, and the session serves nobody else
// before it has (TO-1, design 6.6).

const { native } = require('./mailbox')

function abandon(client, query, settle, error) {
  // Submittables rely on handleError; by then the callback has been called and replaced.
  process.nextTick(() => query.handleError(error, client.connection))
  settle(error)
  query.callback = () => {}
  const queued = client._queryQueue.indexOf(query)
  if (queued !== -1) client._queryQueue.splice(queued, 1)
  else if (client._activeQuery === query) native.cancel(client.connection.session)
  client._pulseQueryQueue()
}

/** Gives the query up after so many milliseconds, waiting in the queue included (TO-2). */
function abandonAfter(client, query, millis) {
  const settle = query.callback || (() => {})
  const timer = setTimeout(() => abandon(client, query, settle, new Error('Query read timeout')), millis)
  query.callback = (error, result) => {
    clearTimeout(timer)
    settle(error, result)
  }
}

/** Gives the query up when the signal says so. The error is named AbortError and has the signal's reason as cause. */
function abandonOnSignal(client, query, signal) {
  const settle = query.callback || (() => {})
  const onAbort = () => abandon(client, query, settle, abortError(signal))
  query.callback = (error, result) => {
    signal.removeEventListener('abort', onAbort)
    settle(error, result)
  }
  signal.addEventListener('abort', onAbort, { once: true })
}

/** The error of a query or checkout that its signal ended. */
function abortError(signal) {
  const error = new Error('The query was aborted', { cause: signal.reason })
  error.name = 'AbortError'
  error.code = 'ABORT_ERR'
  return error
}

module.exports = { abandonAfter, abandonOnSignal, abortError }
