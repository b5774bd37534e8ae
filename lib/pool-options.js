'use strict'

// pg-pool's options and their defaults (PO-*), and what the native pool gets of them.

const { inspect } = require('util')
const Client = require('./client')
const { checkChannelBinding } = require('./channel-binding')
const { hasPgPool } = require('./pool-base')
const { sessionConfig } = require('./session-config')
const { explain } = require('./tls-failure')

/** A connection string is none, as in pg, whose TypeError would show the password that is in it. */
function checkOptions(given) {
  if (given == null) return
  if (typeof given === 'object' || typeof given === 'function') {
    checkChannelBinding(given)
    return
  }
  throw new TypeError(
    `The options of a Pool must be an object, not a ${typeof given}; a connection string goes into { connectionString }`
  )
}

/** Whether the Clients of this class have no native session: it is neither our Client nor a subclass of it (PO-8). */
function isForeign(clientClass) {
  if (clientClass === Client || clientClass.prototype instanceof Client) return false
  if (hasPgPool) return true
  throw Object.assign(
    new Error(
      'The option "Client" is neither the Client of oxpg nor a subclass of it: ' +
        'a pool of such clients needs the package pg-pool (npm install pg-pool)'
    ),
    { code: 'ERR_OXPG_UNSUPPORTED_OPTION' }
  )
}

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
  if (typeof options.connectionString === 'string') {
    Object.defineProperty(options, inspect.custom, { configurable: true, enumerable: false, value: masked })
  }
  options.max = options.max || options.poolSize || 10
  options.min = options.min || 0
  options.maxUses = options.maxUses || Infinity
  options.allowExitOnIdle = options.allowExitOnIdle || false
  options.maxLifetimeSeconds = options.maxLifetimeSeconds || 0
  if (options.idleTimeoutMillis === undefined) options.idleTimeoutMillis = 10000
  return options
}

// The string itself stays: people make clients from `{ ...pool.options }`.
function masked() {
  const connectionString = String(this.connectionString)
    .replace(/:\/\/.*@/s, '://***@')
    .replace(/([?&]\w*password=)[^&]*/gi, '$1***')
  return { ...this, connectionString }
}

// Options from a URL are strings; what is no number means "not set", as it does to setTimeout.
function count(value) {
  const number = Math.floor(Number(value))
  return Number.isSafeInteger(number) && number > 0 ? number : 0
}

const MOST_CONNECTIONS = 65535

// Infinity, too, is a number of connections. None at all would let every caller wait for ever.
function connections(max) {
  return Number(max) >= 1 ? Math.min(Math.floor(Number(max)), MOST_CONNECTIONS) : 1
}

/** The native pool's options, those of the sessions it opens by itself, and the Client that stands for these. */
function nativeOptions(options) {
  // Without the stream: a factory is called once for each connection, and this Client never connects (O-21).
  const settings = Object.defineProperties({}, Object.getOwnPropertyDescriptors(options))
  Object.defineProperty(settings, 'stream', { value: undefined })
  const client = new Client(settings)
  return {
    client,
    pool: {
      max: connections(options.max),
      min: count(options.min),
      idleTimeoutMillis: count(options.idleTimeoutMillis),
      connectionTimeoutMillis: count(options.connectionTimeoutMillis),
      maxUses: count(options.maxUses),
      maxLifetimeMillis: count(Number(options.maxLifetimeSeconds) * 1000),
      allowExitOnIdle: Boolean(options.allowExitOnIdle),
    },
    session: sessionOptions(client, options),
  }
}

/** The options with what a Client has made of their connection string, in its place. */
function resolvedOptions(options, { connectionParameters }) {
  const { password } = connectionParameters // hidden
  return { ...options, ...connectionParameters, password, connectionString: undefined }
}

function sessionOptions(client, { keepAlive, keepAliveInitialDelayMillis, stream }) {
  try {
    return sessionConfig(client, {
      keepAlive: keepAlive || false,
      keepAliveInitialDelayMillis: keepAliveInitialDelayMillis || 0,
      stream: stream || undefined,
    })
  } catch (error) {
    throw explain(error)
  }
}

module.exports = { checkOptions, isForeign, poolOptions, nativeOptions, resolvedOptions }
