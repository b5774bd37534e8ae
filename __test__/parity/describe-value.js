'use strict'

// Turns anything a driver hands out into plain data that says what a user could tell apart: class, own property
// order, hidden properties, the sign of zero, the holes of an array. What may differ from run to run (stacks) and what
// is a driver's own business (the insides of emitters, underscored fields of a Result) stays out.

const { EventEmitter } = require('events')
const { types, inspect } = require('util')

// Own properties that oxpg adds to errors on purpose (docs/compatibility.md).
const OUR_ERROR_EXTENSIONS = new Set(['phase'])

function className(value) {
  const prototype = Object.getPrototypeOf(value)
  if (prototype === null) return 'null prototype'
  const name = prototype.constructor?.name ?? 'no constructor'
  // pg's factory calls its pool class BoundPool; one case of exports.test.js looks at the name itself.
  if (name === 'BoundPool') return 'Pool'
  if (name === 'Object' && prototype !== Object.prototype) return 'Object of another realm'
  return name
}

function describeProperty(owner, key, seen) {
  const descriptor = Object.getOwnPropertyDescriptor(owner, key)
  if (!('value' in descriptor)) return '[accessor]'
  return describe(descriptor.value, seen)
}

function describeError(error, seen) {
  const server = error.constructor?.name === 'DatabaseError'
  const keys = Object.keys(error).filter((key) => !OUR_ERROR_EXTENSIONS.has(key))
  // The order of a DatabaseError's properties is part of what pg promises; a socket error's is not.
  if (!server) keys.sort()
  const description = {
    error: error.constructor?.name,
    name: error.name,
    message: error.message,
    string: String(error),
    own: keys.map((key) => [key, describeProperty(error, key, seen)]),
  }
  if (Object.hasOwn(error, 'cause') && !keys.includes('cause'))
    description.cause = describe(error.cause, seen)
  return description
}

function describeArray(array, seen) {
  const items = []
  for (let i = 0; i < array.length; i++) items.push(i in array ? describe(array[i], seen) : '[hole]')
  const extra = Object.keys(array).filter((key) => !/^\d+$/.test(key))
  if (extra.length === 0 && className(array) === 'Array') return items
  return {
    array: className(array),
    items,
    own: extra.map((key) => [key, describeProperty(array, key, seen)]),
  }
}

function describeObject(object, seen) {
  const isResult = className(object) === 'Result'
  const own = Object.keys(object).map((key) => {
    const internal = isResult && (key.startsWith('_') || key === 'RowCtor')
    return [key, internal ? '[internal]' : describeProperty(object, key, seen)]
  })
  const description = { class: className(object), own }
  const hidden = Object.getOwnPropertyNames(object).filter(
    (key) => !Object.prototype.propertyIsEnumerable.call(object, key)
  )
  if (hidden.length > 0) description.hidden = hidden.map((key) => [key, describeProperty(object, key, seen)])
  return description
}

function describe(value, seen) {
  if (typeof value === 'function') return '[function]'
  if (typeof value === 'symbol') return String(value)
  if (value === null || typeof value !== 'object') return value
  if (seen.includes(value)) return '[circular]'
  seen = [...seen, value]
  if (Buffer.isBuffer(value)) return { buffer: value.toString('hex') }
  if (ArrayBuffer.isView(value))
    return {
      view: className(value),
      hex: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex'),
    }
  if (types.isDate(value)) return { date: value.getTime(), class: className(value) }
  if (types.isPromise(value)) return { promise: className(value) }
  if (types.isMap(value) || types.isSet(value) || types.isRegExp(value)) return { inspect: inspect(value) }
  if (value instanceof EventEmitter) return { emitter: className(value) }
  if (types.isNativeError(value) || value instanceof Error) return describeError(value, seen)
  if (className(value) === 'TypeOverrides') return { class: 'TypeOverrides' }
  if (Array.isArray(value)) return describeArray(value, seen)
  return describeObject(value, seen)
}

/** Plain, comparable data that stands for `value`. */
const describeValue = (value) => describe(value, [])

module.exports = { describeValue }
