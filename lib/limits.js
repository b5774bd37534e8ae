'use strict'

// `maxResultBytes` and `maxFieldBytes`: the native side keeps to them.

const NONE = { result: 0, field: 0 }

/** The limits of a config, in bytes; 0 where there is none. */
function limitsOf(config) {
  return { result: limit(config, 'maxResultBytes'), field: limit(config, 'maxFieldBytes') }
}

/** By ConnectionParameters, whose properties are pg's and no others. */
const ofConnections = new WeakMap()

/** Keeps the limits of a client's config. */
function keepLimits(connectionParameters, config) {
  if (config.maxResultBytes === undefined && config.maxFieldBytes === undefined) return
  ofConnections.set(connectionParameters, limitsOf(config))
}

/** What `keepLimits` kept; none for a stand-in. */
function keptLimits(connectionParameters) {
  return ofConnections.get(connectionParameters) ?? NONE
}

// Connection strings have texts.
function limit(config, key) {
  const value = config[key]
  if (value === undefined || value === null || value === '') return 0
  const bytes = typeof value === 'string' ? Number(value) : value
  if (bytes === Infinity) return 0
  if (Number.isSafeInteger(bytes) && bytes >= 0) return bytes
  const error = new RangeError(`${key} must be a whole number of bytes, 0 or more; it is ${String(value)}`)
  error.code = 'ERR_OUT_OF_RANGE'
  throw error
}

module.exports = { keepLimits, keptLimits, limitsOf }
