'use strict'

// Giving up a query: its caller hears at once, the server is told to stop, and the session serves nobody else
// before it has (TO-1, design 6.6).

const { native } = require('./mailbox')
const { abandonSent } = require('./pipeline')
const { nextTick, throwLater } = require('./turns')

/**
 * Lets a query be given up: after so many milliseconds, waiting in the queue included (TO-2), or when the signal says
 * so; whichever comes first, once.
 *
 * @param {number} [millis]
 * @param {AbortSignal} [signal]
 */
function abandonable(client, query, millis, signal) {
  const settle = query.callback || (() => {})
  let timer
  let stop
  const disarm = () => {
    clearTimeout(timer)
    stop?.()
  }
  const abandon = (error, isLate) => {
    disarm()
    // Submittables rely on handleError; by then the callback has been called and replaced.
    nextTick(() => {
      query.handleError(error, client.connection)
      if (client._activeQuery !== query || !client.connection.isHijacked) return
      // It reads the lent bytes itself (pg-copy-streams does), and no further: nobody knows where in a frame it is.
      client._activeQuery = null
      client.connection.stream.destroy()
    })
    query.callback = () => {}
    query._abandoned = true
    const queued = client._queryQueue.indexOf(query)
    if (queued !== -1) client._queryQueue.splice(queued, 1)
    else if (client.pipeline) abandonSent(client, query, isLate)
    else if (client._activeQuery === query) native.cancel(client.connection.session)
    try {
      // An AbortSignal tells in the context of whoever aborts.
      if (query._context) query._context.runInAsyncScope(settle, query, error)
      else settle(error)
    } finally {
      client._pulseQueryQueue()
    }
  }
  if (millis) timer = setTimeout(() => abandon(new Error('Query read timeout'), true), millis)
  if (signal) stop = onAbort(signal, () => abandon(abortError(signal), false))
  query.callback = (error, result) => {
    disarm()
    settle(error, result)
  }
}

/** Cancels a query of any Client: what it executes on the server, what it queued by dropping it (Z-4). */
function cancelQuery(client, query) {
  const queued = client._queryQueue.indexOf(query)
  if (client._activeQuery === query) native.cancel(client.connection.session)
  else if (queued !== -1) client._queryQueue.splice(queued, 1)
  // It is on the wire, and its answer will be.
  else if (client._sentQueryQueue.includes(query)) query.callback = () => {}
}

/** Whoever waits for a signal, by signal: Node warns of more than ten listeners, and one signal may guard many queries. */
const waiting = new WeakMap()

/**
 * Calls back when the signal aborts.
 *
 * @returns {() => void} stops listening
 */
function onAbort(signal, callback) {
  let callbacks = waiting.get(signal)
  if (callbacks === undefined) {
    callbacks = new Set()
    callbacks.listener = () => {
      waiting.delete(signal)
      for (const each of callbacks) rethrowing(each)
    }
    waiting.set(signal, callbacks)
    signal.addEventListener('abort', callbacks.listener, { once: true })
  }
  callbacks.add(callback)
  return () => {
    callbacks.delete(callback)
    if (callbacks.size > 0 || waiting.get(signal) !== callbacks) return
    waiting.delete(signal)
    signal.removeEventListener('abort', callbacks.listener)
  }
}

// An exception of one query's callback must not keep the others from hearing of the abort.
function rethrowing(callback) {
  try {
    callback()
  } catch (error) {
    throwLater(error)
  }
}

/** The signal of a query's config, or undefined: pg ignores the key, so what is no AbortSignal means nothing. */
function signalOf(config) {
  const { signal } = config
  return typeof signal?.addEventListener === 'function' && typeof signal.aborted === 'boolean'
    ? signal
    : undefined
}

/** The error of a query or checkout that its signal ended. */
function abortError(signal) {
  const error = new Error('The query was aborted', { cause: signal.reason })
  error.name = 'AbortError'
  error.code = 'ABORT_ERR'
  return error
}

module.exports = { abandonable, abortError, cancelQuery, onAbort, signalOf }
