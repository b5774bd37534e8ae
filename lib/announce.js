'use strict'

// What the application hangs into a pool runs in the middle of the pool's work: what it throws is the application's
// business, and uncaught as in pg, but costs no slot and no answer.

/** Emits an event of a pool. */
function announce(pool, event, ...args) {
  try {
    pool.emit(event, ...args)
  } catch (error) {
    rethrowLater(error)
  }
}

/** Writes to a pool's log. */
function note(pool, ...messages) {
  try {
    pool.log(...messages)
  } catch (error) {
    rethrowLater(error)
  }
}

function rethrowLater(error) {
  process.nextTick(() => {
    throw error
  })
}

module.exports = { announce, note }
