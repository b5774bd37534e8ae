'use strict'

// Runs one case over pg's module and ours. What it compares is a picture of the outcome: values, the order and
// the visibility of properties, prototypes, and class, message and code of what was thrown.

const util = require('util')

function picture(value, seen = new Map()) {
  if (typeof value === 'function') return `[function of ${value.length}]`
  if (typeof value === 'symbol') return String(value)
  if (value === null || typeof value !== 'object') return Object.is(value, -0) ? '-0' : value
  if (Buffer.isBuffer(value)) return `<Buffer ${value.toString('hex')}>`
  if (util.types.isDate(value)) return `<Date ${value.getTime()}>`
  if (seen.has(value)) return `[seen ${seen.get(value)}]`
  seen.set(value, seen.size)

  const prototype = Object.getPrototypeOf(value)
  const drawn = { class: prototype === null ? null : prototype.constructor.name, properties: [] }
  for (const key of Reflect.ownKeys(value)) {
    if (util.types.isNativeError(value) && key === 'stack') continue
    const {
      enumerable,
      configurable,
      writable,
      get,
      set,
      value: held,
    } = Object.getOwnPropertyDescriptor(value, key)
    const flags = { enumerable, configurable, writable, getter: Boolean(get), setter: Boolean(set) }
    drawn.properties.push([String(key), flags, picture(held, seen)])
  }
  return drawn
}

function outcome(run) {
  try {
    return { returned: picture(run()) }
  } catch (error) {
    return { threw: picture(error), name: error.name, message: error.message, code: error.code }
  }
}

/** Expects `run` to end alike with both implementations, and gives back how it ended. */
function expectSame(theirs, ours, run) {
  const expected = outcome(() => run(theirs))
  expect(outcome(() => run(ours))).toEqual(expected)
  return expected
}

/** Runs `body` with these environment variables (undefined: not set), then puts the old ones back. */
function withEnv(variables, body) {
  const before = { ...process.env }
  try {
    for (const key of Object.keys(process.env)) if (/^PG/.test(key)) delete process.env[key]
    for (const [key, value] of Object.entries(variables)) {
      if (value === undefined) delete process.env[key]
      else process.env[key] = value
    }
    return body()
  } finally {
    for (const key of Object.keys(process.env)) if (!(key in before)) delete process.env[key]
    Object.assign(process.env, before)
  }
}

module.exports = { expectSame, outcome, picture, withEnv }
