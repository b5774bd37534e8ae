'use strict'

// Errors of promises show the caller: the stack of an error made in a callback of the event loop leads nowhere (2.19).

const { queueMicrotask } = require('./turns')

/**
 * A promise whose rejection carries the async frames of whoever awaits it. Fulfilling costs one promise, not two.
 *
 * @returns {{ promise: Promise<unknown>, resolve: (value: unknown) => void, reject: (error: unknown) => void }}
 */
function deferred() {
  let resolve
  const promise = new Promise((fulfil) => {
    resolve = fulfil
  })
  return { promise, resolve, reject: (error) => resolve(rejection(error)) }
}

// V8 finds the async frames from inside a reaction of the promise that is awaited: so the outer promise must have
// subscribed (one microtask) before the inner one rejects.
function rejection(error) {
  let fail
  const inner = new Promise((_, reject) => {
    fail = reject
  }).catch(restack)
  queueMicrotask(() => queueMicrotask(() => fail(error)))
  return inner
}

function restack(error) {
  if (typeof error === 'object' && error !== null && Object.isExtensible(error))
    Error.captureStackTrace(error)
  throw error
}

/** The same for a Promise class of the application's own. */
function deferredOf(PromiseClass) {
  if (PromiseClass === Promise) return deferred()
  let resolve
  let reject
  const promise = new PromiseClass((fulfil, fail) => {
    resolve = fulfil
    reject = fail
  }).catch(restack)
  return { promise, resolve, reject }
}

module.exports = { deferredOf }
