'use strict'

// The pool's own words for what went wrong, and which errors leave a session usable.

const { DatabaseError } = require('pg-protocol')

/** Every session was in use until the deadline. */
function queueTimeout() {
  const error = new Error('timeout exceeded when trying to connect')
  error.phase = 'queue'
  return error
}

/** The deadline passed while a session was being opened; `phase` says where the time went. */
function connectTimeout(phase) {
  const cause = new Error('Connection terminated unexpectedly')
  const error = new Error('Connection terminated due to connection timeout', { cause })
  error.phase = phase
  return error
}

/** pg-pool's words for an error of the native pool. */
function toPoolError(error) {
  if (error.phase === undefined || error.message !== 'timeout expired') return error
  return error.phase === 'queue' ? queueTimeout() : connectTimeout(error.phase)
}

/** Whether the session is as good after this error as before: an SQL error costs no connection (DV-1). */
function isOrdinary(error, client) {
  if (!error || !client._queryable) return false
  return !(error instanceof DatabaseError) || (error.severity !== 'FATAL' && error.severity !== 'PANIC')
}

let warned = false

// pg would let the process crash here. Nothing is lost but an idle session, so it is said once and counted no more.
function warnIdleError(error) {
  if (warned) return
  warned = true
  process.emitWarning(
    `An idle session of a pool was lost (${error.message}) and nobody listens: add pool.on('error', ...). ` +
      'The pool goes on; further losses are not reported.',
    { code: 'OXPG_IDLE_ERROR' }
  )
}

module.exports = { queueTimeout, connectTimeout, toPoolError, isOrdinary, warnIdleError }
