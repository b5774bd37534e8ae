'use strict'

// From a constructed client to the flat options of one session (`SessionConfig` in src/config/session.rs).

const net = require('net')
const { keptLimits } = require('./limits')
const { isBeyondRustls, sslConfig } = require('./ssl-config')

const MAX_U32 = 0xffffffff

const milliseconds = (value) => String(parseInt(value, 10))

/**
 * The startup message's parameters in pg's order (2.7), without the encoding that always comes last.
 * `Client.prototype.getStartupConf` gives this object, and applications may patch that method.
 */
function startupParameters(parameters) {
  const { user, database, application_name, fallback_application_name, replication, options } = parameters
  const startup = { user, database }
  if (application_name || fallback_application_name) {
    startup.application_name = application_name || fallback_application_name
  }
  if (replication) startup.replication = String(replication)
  for (const key of ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout']) {
    if (parameters[key]) startup[key] = milliseconds(parameters[key])
  }
  if (options) startup.options = options
  return startup
}

function startupPairs(startup) {
  const pairs = Object.entries(startup).map(([key, value]) => [key, value ? String(value) : ''])
  pairs.push(['client_encoding', 'UTF8'])
  for (const [key, value] of pairs) {
    if (key.includes('\0') || value.includes('\0')) {
      throw new Error(
        `The startup parameter ${JSON.stringify(key)} contains a NUL character, which PostgreSQL cannot take`
      )
    }
  }
  return pairs
}

// Node's own words for a bad port; a socket directory has a file for every valid port only.
function checkPort(host, port) {
  if (Number.isInteger(port) && port >= 0 && port < 65536) return
  if (!host.startsWith('/')) new net.Socket().connect(port, host) // throws ERR_SOCKET_BAD_PORT
  const path = `${host}/.s.PGSQL.${port}`
  throw Object.assign(new Error(`connect ENOENT ${path}`), {
    errno: -2,
    code: 'ENOENT',
    syscall: 'connect',
    address: path,
  })
}

function numberOr(value, fallback) {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : fallback
}

// What setTimeout would make of it: strings from a URL count, and no timer runs longer than this.
const LONGEST_TIMER = 2 ** 31 - 1

function timerMillis(value) {
  return value > 0 ? Math.min(Math.max(1, Number(value)), LONGEST_TIMER) : 0
}

// 0 switches the check off; what is below 1 and is not 0 must not.
function scramLimit(iterations) {
  return iterations === 0 ? 0 : Math.min(MAX_U32, Math.max(1, Math.floor(iterations)))
}

function keepAliveDelay(delay) {
  const millis = Math.floor(Number(delay))
  return Number.isSafeInteger(millis) && millis > 0 ? millis : 0
}

/**
 * The options of one session.
 *
 * @param {object} client a constructed Client, or anything with its `connectionParameters`, `user`, `password`,
 *   `host`, `port`, `ssl`, `sslNegotiation`, `enableChannelBinding` and `scramMaxIterations`
 * @param {{ keepAlive?: boolean, keepAliveInitialDelayMillis?: number, stream?: unknown }} [transport] the
 *   options that pg gives to its Connection
 * @returns {object} what `JSON.stringify` turns into the core's `SessionConfig`. It may hold secrets.
 * @throws where an option is invalid or cannot be honoured; the client rejects its connect with that error
 */
function sessionConfig(client, transport = {}) {
  const host = client.host || 'localhost'
  if (typeof host !== 'string') throw new TypeError(`The option "host" must be a string, not ${typeof host}`)
  const target = { host, direct: client.sslNegotiation === 'direct' }
  // JavaScript makes the socket where only it can: lib/bridge.js.
  const hasStream = transport.stream !== undefined
  const bridged = isBeyondRustls(client.ssl, target) || hasStream
  if (!hasStream) checkPort(host, client.port)

  const limits = keptLimits(client.connectionParameters)
  const { channel_binding: channelBinding } = client.connectionParameters
  const startup = client.getStartupConf
    ? client.getStartupConf()
    : startupParameters(client.connectionParameters)
  return {
    host,
    port: hasStream ? Number(client.port) || 0 : client.port,
    user: client.user ? String(client.user) : '',
    // Password functions and the password file are asked when the server wants a password.
    password: typeof client.password === 'string' ? client.password : null,
    startup: startupPairs(startup),
    ssl: bridged ? null : sslConfig(client.ssl, target),
    sslNegotiation: client.sslNegotiation || 'postgres',
    keepAlive: Boolean(transport.keepAlive),
    keepAliveInitialDelayMillis: keepAliveDelay(transport.keepAliveInitialDelayMillis),
    scramMaxIterations: scramLimit(client.scramMaxIterations),
    enableChannelBinding: channelBinding
      ? channelBinding !== 'disable'
      : Boolean(client.enableChannelBinding),
    channelBinding: channelBinding ?? null,
    bridged,
    maxResultBytes: limits.result,
    maxFieldBytes: limits.field,
  }
}

module.exports = { numberOr, sessionConfig, startupParameters, timerMillis }
