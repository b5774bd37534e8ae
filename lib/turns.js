'use strict'

// The turns of the event loop, as Node itself takes them. Test suites fake `process.nextTick`, `setImmediate` and
// `queueMicrotask` while their app talks to its database; pg, whose socket is within Node, goes on, and so must the
// mailbox. Timers are not here: whoever fakes `setTimeout` fakes `query_timeout` too, as with pg.

const { setImmediate } = require('timers')

const settled = Promise.resolve()

/** A reaction is a microtask that nothing can fake. What `task` throws is an unhandled rejection. */
function queueMicrotask(task) {
  settled.then(task)
}

// @sinonjs/fake-timers, which Jest, Vitest and Sinon use, marks its fakes. Loaded among them, the next best turn must do.
const nextTick = process.nextTick.clock === undefined ? process.nextTick : setImmediate

/** Leaves an exception to the application, uncaught, without costing whoever caught it the rest of its work. */
function throwLater(error) {
  nextTick(() => {
    throw error
  })
}

module.exports = { nextTick, setImmediate, queueMicrotask, throwLater }
