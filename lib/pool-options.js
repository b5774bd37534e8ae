'use strict'

// pg-pool's options and their defaults (PO-*), and what the native pool gets of them.

const Client = require('./client')
const { sessionConfig } = require('./session-config')

/** A copy with the defaults filled in. The user's object is not touched, but for a hidden `ssl.key` (C-7). */
function poolOptions(given) {
  const options = Object.assign({}, given)
  if (given != null && 'password' in given) {
    Object.defineProperty(options, 'password', {
      configurable: true,
      enumerable: false,
      writable: true,
      value: given.password,
    })
  }
  if (given != null && given.ssl && given.ssl.key)
    Object.defineProperty(options.ssl, 'key', { enumerable: false })
  options.max = options.max || options.poolSize || 10
  options.min = options.min || 0
  options.maxUses = options.maxUses || Infinity
  options.allowExitOnIdle = options.allowExitOnIdle || false
  options.maxLifetimeSeconds = options.maxLifetimeSeconds || 0
  if (options.idleTimeoutMillis === undefined) options.idleTimeoutMillis = 10000
  return options
}

// Options from a URL are strings; what is no number means "not set", as it does to setTimeout.
function count(value) {
  const number = Math.floor(Number(value))
  return Number.isSafeInteger(number) && number > 0 ? number : 0
}

const MOST_CONNECTIONS = 65535

/** The native pool's options, and those of the sessions it opens by itself. */
function nativeOptions(options) {
  // Without the stream: a factory is called once for each connection, and this Client never connects (O-21).
  const settings = Object.defineProperties({}, Object.getOwnPropertyDescriptors(options))
  Object.defineProperty(settings, 'stream', { value: undefined })
  const client = new Client(settings)
  return {
    pool: {
      max: Math.min(count(options.max) || 1, MOST_CONNECTIONS),
      min: count(options.min),
      idleTimeoutMillis: count(options.idleTimeoutMillis),
      connectionTimeoutMillis: count(options.connectionTimeoutMillis),
      maxUses: count(options.maxUses),
      maxLifetimeMillis: count(Number(options.maxLifetimeSeconds) * 1000),
      allowExitOnIdle: Boolean(options.allowExitOnIdle),
    },
    session: sessionConfig(client, {
      keepAlive: options.keepAlive || false,
      keepAliveInitialDelayMillis: options.keepAliveInitialDelayMillis || 0,
      stream: options.stream || undefined,
    }),
  }
}

module.exports = { poolOptions, nativeOptions }
