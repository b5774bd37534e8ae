'use strict'

const { setTimeout: pause } = require('node:timers/promises')

/**
 * Waits until `probe` answers something truthy and returns that. An observable is polled, so a test takes as long as
 * the thing it waits for and no longer; the deadline only turns a hang into a failure that names what was missing.
 *
 * An exception of the probe counts as "not yet", and is the cause of the failure when the deadline passes.
 */
async function until(what, probe, { deadline = 10_000, every = 5 } = {}) {
  const end = Date.now() + deadline
  let cause
  for (;;) {
    try {
      const answer = await probe()
      if (answer) return answer
      cause = undefined
    } catch (error) {
      cause = error
    }
    if (Date.now() > end) throw new Error(`waited ${deadline} ms in vain until ${what}`, { cause })
    await pause(every)
  }
}

/** Resolves with the arguments of the next `event`; rejects, naming the event, if it does not come. */
function nextEvent(emitter, event, { deadline = 10_000 } = {}) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      emitter.removeListener(event, heard)
      reject(new Error(`waited ${deadline} ms in vain for the event '${event}'`))
    }, deadline)
    function heard(...args) {
      clearTimeout(timer)
      resolve(args)
    }
    emitter.once(event, heard)
  })
}

/** Fails if `promise` has not settled by the deadline: for "never settles" bugs, which else show as a jest timeout. */
function settles(what, promise, { deadline = 10_000 } = {}) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not settle within ${deadline} ms`)), deadline)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

module.exports = { until, nextEvent, settles }
