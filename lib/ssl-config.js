'use strict'

// pg hands its `ssl` object to tls.connect. What rustls can honour is translated here; with anything else the session goes
// over a socket of Node's own (lib/bridge.js): an option that is silently ignored is a security hole (T-3, T-4).

const crypto = require('crypto')
const fs = require('fs')
const net = require('net')

// What rustls can honour, and what many configs carry though it means nothing to Node either. Any other option is Node's
// to judge, those of later versions included.
const HONOURED = new Set(['ca', 'cert', 'key', 'rejectUnauthorized', 'servername'])
const MEANINGLESS = new Set(['require', 'sslmode', 'sslca', 'sslcert', 'sslkey', 'sslrootcert'])

// Where an option asks for what happens anyway, or where pg overrides it, it is honoured.
function honouredAnyway(name, options, { serverName, direct }) {
  switch (name) {
    case 'minVersion':
      return options.minVersion === 'TLSv1.2'
    case 'maxVersion':
      return options.maxVersion === 'TLSv1.3'
    case 'ALPNProtocols':
      return direct // pg offers `postgresql` alone
    case 'host':
      return serverName !== undefined // pg checks the certificate against the name it connects to
    default:
      return false
  }
}

function pem(material) {
  return typeof material === 'string'
    ? material
    : Buffer.from(material.buffer, material.byteOffset, material.byteLength).toString()
}

const list = (value) => (Array.isArray(value) ? value : [value])

// One certificate chain and one key, both or none; Node takes lists of them, and keys that are encrypted.
const isPlain = (value) => !value || (list(value).length === 1 && !list(value)[0]?.passphrase)

function single(value) {
  if (!value) return null
  const item = list(value)[0]
  return item == null ? null : pem(item.pem ?? item)
}

const KEY_TYPES = new Set(['rsa', 'ed25519'])
const CURVES = new Set(['prime256v1', 'secp384r1'])

// Whether rustls can sign with a key. What is no key at all is refused in Node's words, later.
function canSign(key) {
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = crypto.createPrivateKey(single(key))
    return KEY_TYPES.has(asymmetricKeyType) || CURVES.has(asymmetricKeyDetails.namedCurve)
  } catch {
    return true
  }
}

function targetName(host) {
  return !host.startsWith('/') && net.isIP(host) === 0 ? host : undefined
}

function optionsOf(ssl) {
  const options = ssl === true ? {} : { ...ssl }
  if (ssl !== true && 'key' in ssl) options.key = ssl.key // it hides from the spread (C-7)
  return options
}

/**
 * Whether only Node itself can do what these TLS options ask for.
 *
 * @param {boolean | object | string | null | undefined} ssl a client's resolved `ssl`
 * @param {{ host: string, direct: boolean }} target where it connects and whether TLS comes first
 * @throws where `ssl` is nothing that pg would take
 */
function isBeyondRustls(ssl, { host, direct }) {
  if (!ssl || ssl === true) return false
  if (typeof ssl !== 'object') {
    throw new TypeError(
      `Invalid ssl value: ${JSON.stringify(ssl)}. Use true, false or an object with TLS options.`
    )
  }
  const options = optionsOf(ssl)
  const target = { serverName: targetName(host), direct }
  for (const name in options) {
    if (options[name] == null || HONOURED.has(name) || MEANINGLESS.has(name)) continue
    if (!honouredAnyway(name, options, target)) return true
  }
  const { cert, key } = options
  return Boolean(cert) !== Boolean(key) || !isPlain(cert) || !isPlain(key) || Boolean(key && !canSign(key))
}

// Node itself judges certificates and keys, in its own words (T-5), once per object of the application.
const judged = new WeakSet()

function judgeMaterial(ssl, { ca, cert, key }) {
  if ((!ca && !cert && !key) || judged.has(ssl)) return
  require('tls').createSecureContext({ ca, cert, key })
  judged.add(ssl)
}

// Node reads NODE_EXTRA_CA_CERTS when it starts, and has warned by then if it could not.
let extraRoots
function extraCa() {
  if (extraRoots === undefined) {
    try {
      extraRoots = process.env.NODE_EXTRA_CA_CERTS
        ? [fs.readFileSync(process.env.NODE_EXTRA_CA_CERTS, 'utf8')]
        : []
    } catch {
      extraRoots = []
    }
  }
  return extraRoots
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
  judgeMaterial(ssl, options)
  const verify = 'rejectUnauthorized' in options ? options.rejectUnauthorized !== false : rejectsByDefault()
  return {
    ca: options.ca ? list(options.ca).map(pem) : null,
    extraCa: verify && !options.ca ? extraCa() : [],
    cert: single(options.cert),
    key: single(options.key),
    rejectUnauthorized: verify,
    // pg overwrites the caller's name where it connects by name; Node takes localhost where there is no host (T-3).
    servername: targetName(host) ?? (host.startsWith('/') ? 'localhost' : (options.servername ?? null)),
  }
}

module.exports = { isBeyondRustls, sslConfig }
