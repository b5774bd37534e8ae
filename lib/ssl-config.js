'use strict'

// pg hands its `ssl` object to tls.connect. What rustls can honour is translated here; with anything else the session goes
// over a socket of Node's own (lib/bridge.js): an option that is silently ignored is a security hole (T-3, T-4).

const crypto = require('crypto')
const net = require('net')
const tls = require('tls')
const { inspect } = require('util')
const { canTrustDefault, rootsNumber, systemRoots } = require('./roots')
const { materialOf } = require('./ssl-material')

// What rustls can honour, and what many configs carry though it means nothing to Node either. Any other option is Node's
// to judge, those of later versions included.
const MATERIAL = ['ca', 'cert', 'key', 'passphrase']
const HONOURED = new Set([...MATERIAL, 'rejectUnauthorized', 'servername', 'minVersion', 'maxVersion'])
const MEANINGLESS = new Set(['require', 'sslmode', 'sslca', 'sslcert', 'sslkey', 'sslrootcert'])

// Where an option asks for what happens anyway, or where pg overrides it, it is honoured.
function honouredAnyway(name, options, { serverName, direct }) {
  switch (name) {
    case 'ALPNProtocols':
      return direct // pg offers `postgresql` alone
    case 'host':
      return serverName !== undefined // pg checks the certificate against the name it connects to
    case 'allowPartialTrustChain':
      return options.allowPartialTrustChain === false
    default:
      return false
  }
}

// What rustls speaks. An older version is Node's to speak; an empty range, or none at all, is Node's to refuse.
const VERSIONS = ['TLSv1.2', 'TLSv1.3']

function versionsOf(options) {
  const minVersion = options.minVersion ?? tls.DEFAULT_MIN_VERSION
  const maxVersion = options.maxVersion ?? tls.DEFAULT_MAX_VERSION
  const [min, max] = [VERSIONS.indexOf(minVersion), VERSIONS.indexOf(maxVersion)]
  return min >= 0 && min <= max ? { minVersion, maxVersion } : undefined
}

// Settings of the whole process that choose how OpenSSL encrypts.
function isOpenSslTuned() {
  return (
    tls.DEFAULT_CIPHERS !== crypto.constants.defaultCoreCipherList ||
    tls.DEFAULT_ECDH_CURVE !== 'auto' ||
    crypto.getFips() === 1
  )
}

function targetName(host) {
  return !host.startsWith('/') && net.isIP(host) === 0 ? host : undefined
}

function optionsOf(ssl) {
  const options = ssl === true ? {} : { ...ssl }
  if (ssl !== true && 'key' in ssl) options.key = ssl.key // it hides from the spread (C-7)
  return options
}

// `sslrootcert=system` of a connection string, which libpq allows with full verification alone (DV-65).
function trustsSystem({ sslrootcert, ca, rejectUnauthorized }) {
  if (sslrootcert !== 'system' || ca) return false
  if (rejectUnauthorized === false) {
    throw new Error('sslrootcert=system verifies the server in full: rejectUnauthorized must not be false')
  }
  return true
}

function verifies(options) {
  if (trustsSystem(options)) return true
  return 'rejectUnauthorized' in options ? options.rejectUnauthorized !== false : rejectsByDefault()
}

const LONGEST_VALUE = 20

// It may be the key itself, which is secret, instead of an object that has it.
function shown(value) {
  const text = typeof value === 'string' ? value : inspect(value)
  const start = text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}...` : text
  return typeof value === 'string' ? JSON.stringify(start) : start
}

/**
 * Whether only Node itself can do what these TLS options ask for.
 *
 * @param {boolean | object | string | null | undefined} ssl a client's resolved `ssl`
 * @param {{ host: string, direct: boolean }} target where it connects and whether TLS comes first
 * @throws where `ssl` is nothing that pg would take, or holds material that Node refuses
 */
function isBeyondRustls(ssl, { host, direct }) {
  if (!ssl) return false
  if (ssl !== true && typeof ssl !== 'object') {
    throw new TypeError(
      `Invalid ssl value: ${shown(ssl)}. Use true, false or an object with TLS options; ` +
        'in a connection string: sslmode=disable or sslmode=verify-full.'
    )
  }
  const options = optionsOf(ssl)
  const target = { serverName: targetName(host), direct }
  for (const name in options) {
    if (options[name] == null || HONOURED.has(name) || MEANINGLESS.has(name)) continue
    if (!honouredAnyway(name, options, target)) return true
  }
  if (typeof (options.servername ?? '') !== 'string') return true
  if (versionsOf(options) === undefined || isOpenSslTuned()) return true
  if (ssl !== true && materialOf(ssl, options).isBeyondRustls) return true
  return !options.ca && verifies(options) && !canTrustDefault()
}

let warned = false
function rejectsByDefault() {
  if (process.env.NODE_TLS_REJECT_UNAUTHORIZED !== '0') return true
  if (!warned) {
    warned = true
    process.emitWarning(
      "Setting the NODE_TLS_REJECT_UNAUTHORIZED environment variable to '0' makes TLS connections and HTTPS " +
        'requests insecure by disabling certificate verification.'
    )
  }
  return false
}

/**
 * The TLS options of one session that rustls encrypts; see isBeyondRustls.
 *
 * @returns {object | null} the JSON of src/config's `SslConfig`; null for plain text
 * @throws where a certificate or key is unusable
 */
function sslConfig(ssl, { host }) {
  if (!ssl) return null
  const options = optionsOf(ssl)
  const { ca, cert, key } = materialOf(ssl === true ? options : ssl, options)
  const rejectUnauthorized = verifies(options)
  return {
    ca,
    roots: rejectUnauthorized && ca === null ? rootsNumber(trustsSystem(options) ? 'system' : 'default') : 0,
    cert,
    key,
    rejectUnauthorized,
    // pg overwrites the caller's name where it connects by name; Node takes localhost where there is no host (T-3).
    servername: targetName(host) ?? (host.startsWith('/') ? 'localhost' : (options.servername ?? null)),
    ...versionsOf(options),
  }
}

/** What of the options tls.connect would not understand, in its own terms. */
function nodeTrust(ssl) {
  return ssl !== true && trustsSystem(ssl) ? { ca: systemRoots(), rejectUnauthorized: true } : undefined
}

module.exports = { isBeyondRustls, nodeTrust, sslConfig }
