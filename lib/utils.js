'use strict'

// pg's own file name: pg-cursor, pg-promise and others require `pg/lib/utils` (M-4).

const values = require('./values')

// Exactly one argument, so that `list.map(prepareValue)` does not take an index for the cycle list.
function prepareValue(value) {
  return values.prepareValue(value)
}

// Descriptors and prototype stay, so that class instances with getters work as query configs.
function clone(config) {
  if (config == null) return config
  const copy = Object.create(Object.getPrototypeOf(config))
  return Object.defineProperties(copy, Object.getOwnPropertyDescriptors(config))
}

/**
 * Merges the three positions of `query(textOrConfig, values?, callback?)` into one config object.
 * The caller's object is never changed: applications reuse theirs.
 */
function normalizeQueryConfig(textOrConfig, valuesOrCallback, callback) {
  const config = typeof textOrConfig === 'string' ? { text: textOrConfig } : clone(textOrConfig)
  if (typeof valuesOrCallback === 'function') {
    config.callback = valuesOrCallback
  } else if (valuesOrCallback) {
    config.values = valuesOrCallback
  }
  if (callback) config.callback = callback
  return config
}

/** Quotes a name for use as an SQL identifier (E-10). */
function escapeIdentifier(str) {
  return `"${str.replace(/"/g, '""')}"`
}

/**
 * Quotes a text for use as an SQL literal (E-11). A backslash needs the escape-string form, which starts with
 * a space so that it cannot melt into a preceding word.
 */
function escapeLiteral(str) {
  if (typeof str !== 'string') return "''"
  const quoted = `'${str.replace(/['\\]/g, '$&$&')}'`
  return str.includes('\\') ? ` E${quoted}` : quoted
}

module.exports = { prepareValue, normalizeQueryConfig, escapeIdentifier, escapeLiteral }
