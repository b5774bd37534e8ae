'use strict'

// Why a server's certificate is not trusted although the application gave an authority: what `ssl.ca` holds, and whether a
// connection string has replaced it. Not in Node's words, but behind them.

const { list, pem } = require('./ssl-material')

/** Errors whose message already says which authority is not trusted, and not yet why. */
const untrusted = new WeakSet()

/** TLS options of a connection string in whose place the application had given a `ca`. */
const replaced = new WeakSet()

/** Marks an error of TLS as one about an authority; others, such as a password function's own, are left alone. */
function noteUntrusted(error) {
  untrusted.add(error)
}

/** What a connection string says of TLS takes the place of the whole `ssl` object beside it (C-2). */
function noteReplaced(before, after) {
  if (before?.ca && after !== before && after && typeof after === 'object') replaced.add(after)
}

// What OpenSSL would read: the lines in between are base64.
const CERTIFICATE = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[ \t]*\r?\n[\w+/=\s]+-----END /g

function certificatesIn(texts) {
  return texts.reduce((sum, text) => sum + (text.match(CERTIFICATE)?.length ?? 0), 0)
}

const ADVICE = {
  none: 'ssl.ca is set but holds no certificate: give the PEM text, not a file name',
  escaped: String.raw`ssl.ca is set but holds no certificate: its line breaks are the characters \n, so .replaceAll('\\n', '\n')`,
  one: 'it is not the one certificate of ssl.ca',
  unsent: 'if it is an intermediate, the server has to send it: complete its ssl_cert_file',
  replaced:
    "the connection string's ssl parameters (such as sslmode) replaced your ssl object with its ca: leave them out, or add sslrootcert=",
}

// Nobody sent the issuer's certificate, a root or not.
const UNSENT = new Set(['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'])

function reasonFor(ssl, code) {
  if (!ssl || typeof ssl !== 'object') return undefined
  if (replaced.has(ssl) && !ssl.ca) return ADVICE.replaced
  if (ssl.ca === undefined || ssl.ca === null) return undefined
  const texts = list(ssl.ca).map((item) => (item ? pem(item) : ''))
  const number = certificatesIn(texts)
  if (number > 0) {
    const place = number === 1 ? ADVICE.one : `it is not among the ${number} certificates of ssl.ca`
    return UNSENT.has(code) ? `${place}; ${ADVICE.unsent}` : place
  }
  return texts.some((text) => text.includes('-----BEGIN') && text.includes('\\n'))
    ? ADVICE.escaped
    : ADVICE.none
}

/**
 * Adds to an error about an authority that is not trusted why the application's own `ca` does not help.
 *
 * @param {unknown} error whatever came of connecting
 * @param {unknown} ssl the resolved `ssl` of the client that was to connect
 * @returns the same error
 */
function explainTrust(error, ssl) {
  if (!untrusted.delete(error)) return error
  const { code, message, stack } = error
  try {
    const reason = reasonFor(ssl, code)
    if (reason === undefined) return error
    error.message = `${message}; ${reason}`
    if (typeof stack === 'string') error.stack = stack.replace(message, () => error.message)
  } catch {
    // A frozen error, or a `ca` that is no text: Node's own words say enough.
  }
  return error
}

module.exports = { explainTrust, noteReplaced, noteUntrusted }
