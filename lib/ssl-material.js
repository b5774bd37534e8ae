'use strict'

// Certificates and keys of a TLS config, as rustls takes them: texts of PEM, a key in the clear.

const crypto = require('crypto')
const tls = require('tls')
const { NativeEnvironment } = require('./native')

const list = (value) => (Array.isArray(value) ? value : [value])

function pem(material) {
  return typeof material === 'string'
    ? material
    : Buffer.from(material.buffer, material.byteOffset, material.byteLength).toString()
}

// One certificate chain and one key; Node takes lists of them.
const isSingle = (value) => !value || (list(value).length === 1 && Boolean(list(value)[0]))

// The key of a list may have a passphrase of its own.
function openKey(key, passphrase) {
  const item = list(key)[0]
  const own = Array.isArray(key) ? item.passphrase : undefined
  return crypto.createPrivateKey({ key: pem(item.pem ?? item), passphrase: own ?? passphrase ?? undefined })
}

const CURVES = new Set(['prime256v1', 'secp384r1'])

// Whether rustls can sign with a key; of RSA it knows what is in use.
function canSign({ asymmetricKeyType, asymmetricKeyDetails }) {
  switch (asymmetricKeyType) {
    case 'rsa': {
      const { modulusLength, publicExponent } = asymmetricKeyDetails
      return modulusLength >= 2048 && modulusLength <= 4096 && publicExponent >= 65537n
    }
    case 'ec':
      return CURVES.has(asymmetricKeyDetails.namedCurve)
    default:
      return asymmetricKeyType === 'ed25519'
  }
}

const BEYOND_RUSTLS = { isBeyondRustls: true, ca: null, cert: null, key: null }

function read({ ca, cert, key, passphrase }) {
  // Node itself judges it, in its own words (T-5).
  if (ca || cert || key) tls.createSecureContext({ ca, cert, key, passphrase })
  if (Boolean(cert) !== Boolean(key) || !isSingle(cert) || !isSingle(key)) return BEYOND_RUSTLS
  const texts = ca ? list(ca).map(pem) : null
  if (texts !== null && !NativeEnvironment.canTrust(texts)) return BEYOND_RUSTLS
  if (!cert) return { isBeyondRustls: false, ca: texts, cert: null, key: null }
  const chain = pem(list(cert)[0])
  let opened
  try {
    opened = openKey(key, passphrase)
  } catch {
    return BEYOND_RUSTLS // Node took it a moment ago
  }
  if (!canSign(opened) || !NativeEnvironment.canPresent(chain)) return BEYOND_RUSTLS
  return {
    isBeyondRustls: false,
    ca: texts,
    cert: chain,
    key: opened.export({ type: 'pkcs8', format: 'pem' }),
  }
}

/** What was read of the application's objects, as long as they hold the same. */
const known = new WeakMap()

const partsOf = ({ ca, cert, key, passphrase }) => [[ca], ca, [cert], cert, [key], key, passphrase].flat()

/**
 * The certificates and the key of TLS options.
 *
 * @param {object} ssl the application's object, which is read once
 * @param {object} options its options, the hidden key included
 * @returns {{ isBeyondRustls: boolean, ca: string[] | null, cert: string | null, key: string | null }}
 * @throws in Node's words where a certificate or key is unusable
 */
function materialOf(ssl, options) {
  const parts = partsOf(options)
  const before = known.get(ssl)
  if (before && parts.length === before.parts.length && parts.every((part, i) => part === before.parts[i])) {
    return before.material
  }
  const material = read(options)
  known.set(ssl, { parts, material })
  return material
}

module.exports = { list, materialOf, pem }
