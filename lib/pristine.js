'use strict'

// The methods that the pool's fast path goes without, as they were before anybody could patch them. Each file notes its
// own: a tracing tool may patch what a file exports before any other file gets to see it.

const pristine = {}

function notePristine(methods) {
  Object.assign(pristine, methods)
}

module.exports = { notePristine, pristine }
