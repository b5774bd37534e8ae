'use strict'

// What the application hangs into a pool runs in the middle of the pool's work: what it throws is the application's
// business, and uncaught as in pg, but costs no slot and no answer.

const { throwLater } = require('./turns')

/** Emits an event of a pool. */
function announce(pool, event, ...args) {
  try {
    pool.emit(event, ...args)
  } catch (error) {
    throwLater(error)
  }
}

/** Writes to a pool's log. */
function note(pool, ...messages) {
  try {
    pool.log(...messages)
  } catch (error) {
    throwLater(error)
  }
}

/** What pg-pool logs when it looks whom it can serve (PO-10). */
function notePulse(pool) {
  note(pool, 'pulse queue')
  if (pool.ended) note(pool, 'pulse queue ended')
  else if (pool.ending) note(pool, 'pulse queue on ending')
  else if (pool.waitingCount === 0) note(pool, 'no queued requests')
}

/** Whether somebody listens to one of these events. */
function isHeard(pool, ...events) {
  return events.some((event) => pool.listenerCount(event) > 0)
}

module.exports = { announce, isHeard, note, notePulse }
