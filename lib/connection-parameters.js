'use strict'

// Resolves a client's config against the connection string, the environment and the defaults (catalogue 2.1).

const { parseConnectionString } = require('./connection-string')
const defaults = require('./defaults')
const { channelBindingOf } = require('./channel-binding')
const { hide } = require('./hidden')
const { keepLimits } = require('./limits')
const { noteReplaced } = require('./tls-trust')

// Only truthy values count: '', 0, null and false fall through to the next source (C-3).
function resolve(config, key, variable = 'PG' + key.toUpperCase()) {
  return config[key] || (variable !== null && process.env[variable]) || defaults[key]
}

const NO_VARIABLE = null

function sslFromEnvironment() {
  switch (process.env.PGSSLMODE) {
    case 'disable':
      return false
    case 'prefer':
    case 'require':
    case 'verify-ca':
    case 'verify-full':
      return true
    case 'no-verify':
      return { rejectUnauthorized: false }
    default:
      return defaults.ssl
  }
}

// C-6. Other strings stay as they are; connecting with one fails with a clear error.
function resolveSsl(config) {
  const ssl = config.ssl === undefined ? sslFromEnvironment() : config.ssl
  if (ssl === 'true') return true
  if (ssl === 'no-verify') return { rejectUnauthorized: false }
  return ssl
}

function resolveSslNegotiation(config, ssl) {
  const style = resolve(config, 'sslnegotiation')
  if (style !== undefined && style !== 'postgres' && style !== 'direct') {
    throw new Error(`Invalid sslnegotiation value: "${style}". Valid values are "postgres" and "direct".`)
  }
  if (style === 'direct' && !ssl) {
    throw new Error('sslnegotiation=direct requires SSL to be enabled')
  }
  return style
}

// What the connection string says wins over the config's other keys, even where it says nothing: it yields an
// empty user, which then falls through to the environment (C-2).
function effectiveConfig(config) {
  if (typeof config === 'string') config = parseConnectionString(config)
  if (!config) return {}
  if (!config.connectionString) return config
  const effective = { ...config, ...parseConnectionString(config.connectionString) }
  noteReplaced(config.ssl, effective.ssl)
  return effective
}

const quote = (value) => `'${String(value).replace(/['\\]/g, '\\$&')}'`

class ConnectionParameters {
  /** @param {string | object | null} [input] a connection string or a config object */
  constructor(input) {
    const config = effectiveConfig(input)

    this.user = resolve(config, 'user')
    this.database = resolve(config, 'database')
    if (this.database === undefined) this.database = this.user
    this.port = parseInt(resolve(config, 'port'), 10)
    this.host = resolve(config, 'host')

    // Out of sight of console.log, JSON and error reports (C-8).
    Object.defineProperty(this, 'password', {
      value: resolve(config, 'password'),
      configurable: true,
      enumerable: false,
      writable: true,
    })

    this.binary = resolve(config, 'binary')
    this.options = resolve(config, 'options')

    this.ssl = resolveSsl(config)
    // The private key hides on the caller's own object, where it stays readable (C-7).
    if (this.ssl && this.ssl.key) Object.defineProperty(this.ssl, 'key', { enumerable: false })
    this.sslnegotiation = resolveSslNegotiation(config, this.ssl)

    this.client_encoding = resolve(config, 'client_encoding')
    this.replication = resolve(config, 'replication')
    this.isDomainSocket = (this.host || '').indexOf('/') === 0 // C-10

    this.application_name = resolve(config, 'application_name', 'PGAPPNAME')
    this.fallback_application_name = resolve(config, 'fallback_application_name', NO_VARIABLE)
    this.statement_timeout = resolve(config, 'statement_timeout', NO_VARIABLE)
    this.lock_timeout = resolve(config, 'lock_timeout', NO_VARIABLE)
    this.idle_in_transaction_session_timeout = resolve(
      config,
      'idle_in_transaction_session_timeout',
      NO_VARIABLE
    )
    this.query_timeout = resolve(config, 'query_timeout', NO_VARIABLE)

    keepLimits(this, config)
    const channelBinding = channelBindingOf(config)
    if (channelBinding !== null) hide(this, 'channel_binding', channelBinding)

    // From here on only libpq's string would use it (C-11, C-12).
    const { connectionTimeoutMillis, keepAlive, keepAliveInitialDelayMillis } = config
    this.connect_timeout =
      connectionTimeoutMillis === undefined
        ? process.env.PGCONNECT_TIMEOUT || 0
        : Math.floor(connectionTimeoutMillis / 1000)
    if (typeof keepAlive === 'boolean') this.keepalives = keepAlive ? 1 : 0
    if (typeof keepAliveInitialDelayMillis === 'number') {
      this.keepalives_idle = Math.floor(keepAliveInitialDelayMillis / 1000)
    }
  }

  /** Calls back with libpq's `key='value'` form of these parameters, the host resolved (C-13). */
  getLibpqConnectionString(callback) {
    const pairs = []
    const add = (key, value) => pairs.push(`${key}=${quote(value)}`)
    const addFrom = (source, ...keys) => {
      for (const key of keys) if (source[key] != null) add(key, source[key])
    }

    const timesAndNames = ['application_name', 'fallback_application_name', 'connect_timeout', 'options']
    addFrom(this, 'user', 'password', 'port', ...timesAndNames)
    const ssl = typeof this.ssl === 'object' ? this.ssl : this.ssl ? { sslmode: this.ssl } : {}
    addFrom(ssl, 'sslmode', 'sslca', 'sslkey', 'sslcert', 'sslrootcert')
    addFrom(this, 'sslnegotiation')
    if (this.database) add('dbname', this.database)
    if (this.replication) add('replication', this.replication)
    if (this.host) add('host', this.host)
    if (this.isDomainSocket) return callback(null, pairs.join(' '))
    if (this.client_encoding) add('client_encoding', this.client_encoding)

    require('dns').lookup(this.host, (error, address) => {
      if (error) return callback(error, null)
      add('hostaddr', address)
      return callback(null, pairs.join(' '))
    })
  }
}

module.exports = ConnectionParameters
