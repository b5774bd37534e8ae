'use strict'

// libpq's `channel_binding`, which pg does not know: a config's key, or a parameter of its connection string.

const { inspect } = require('util')

const VALUES = ['disable', 'prefer', 'require']

/**
 * What a config says, or null: then `enableChannelBinding` counts, as in pg.
 *
 * @param {{ channel_binding?: unknown }} config
 * @throws {TypeError} where it says something else than libpq's words: a typing error must not cost the protection
 */
function channelBindingOf({ channel_binding: value }) {
  if (value === undefined || value === null || value === '') return null
  if (VALUES.includes(value)) return value
  const allowed = VALUES.map((word) => `"${word}"`).join(', ')
  const shown = typeof value === 'string' ? `"${value}"` : inspect(value, { depth: 0 })
  const error = new TypeError(`Invalid channel_binding value: ${shown}. Valid values are ${allowed}.`)
  error.code = 'ERR_INVALID_ARG_VALUE'
  throw error
}

/** The same for the options of a pool, whose connection string is not parsed before it is needed. */
function checkChannelBinding({ connectionString, channel_binding }) {
  const [text] = typeof connectionString === 'string' ? connectionString.split('#', 1) : ['']
  const parameters = new URLSearchParams(text.includes('?') ? text.slice(text.indexOf('?')) : '')
  // The connection string wins, and of several values the last (C-2).
  channelBindingOf({ channel_binding: parameters.getAll('channel_binding').pop() ?? channel_binding })
}

module.exports = { channelBindingOf, checkChannelBinding }
