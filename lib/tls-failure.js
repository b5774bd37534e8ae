'use strict'

// Failures of TLS in Node's own words, and behind them one sentence that says what to do. Whoever runs the other end writes
// the certificate: what is quoted from it is short and on one line.

const { X509Certificate } = require('crypto')
const tls = require('tls')
const { noteUntrusted } = require('./tls-trust')

const LONGEST_NAME = 200
const MOST_NAMES = 5
const LONGEST_CHAIN = 10

const TRUST =
  'put it into ssl.ca (sslrootcert= in a connection string) or into the file that NODE_EXTRA_CA_CERTS names'

// What OpenSSL says and what to do, by Node's code.
const VERDICTS = {
  DEPTH_ZERO_SELF_SIGNED_CERT: [
    'self-signed certificate',
    (chain) => `nobody vouches for ${subject(chain[0], 'the certificate')}: to trust it, ${TRUST}`,
  ],
  SELF_SIGNED_CERT_IN_CHAIN: [
    'self-signed certificate in certificate chain',
    (chain) => `the authority ${subject(chain.at(-1), 'at its end')} is not known: to trust it, ${TRUST}`,
  ],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ['unable to verify the first certificate', missingIssuer],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ['unable to get local issuer certificate', missingIssuer],
  UNABLE_TO_GET_ISSUER_CERT: ['unable to get issuer certificate', missingIssuer],
  CERT_HAS_EXPIRED: ['certificate has expired', expired],
  CERT_NOT_YET_VALID: ['certificate is not yet valid', early],
}

// For failures whose text and code differ between versions of OpenSSL.
const OTHERS = [
  [/_KEY_VALUES_MISMATCH$/, 'ssl.key is not the private key of ssl.cert: give the two that belong together'],
  [
    /_(BAD_DECRYPT|BAD_PASSWORD_READ|INTERRUPTED_OR_CANCELLED|MAC_VERIFY_FAILURE|MISSING_PASSPHRASE)$/,
    'ssl.passphrase is missing or wrong for ssl.key or ssl.pfx (a connection string cannot give it)',
  ],
  [
    /^ERR_(OSSL_|CRYPTO_)/,
    'one of ssl.ca, ssl.cert, ssl.key and ssl.pfx cannot be read: they are the contents of PEM files (a pfx: of a PKCS#12 ' +
      'file), not their names, and an encrypted one needs ssl.passphrase',
  ],
  [/_CERTIFICATE_REQUIRED$/, 'the server requires a client certificate: set ssl.cert and ssl.key'],
  [/_ALERT_UNKNOWN_CA$/, 'the server does not know the authority that issued ssl.cert'],
  [/_NO_APPLICATION_PROTOCOL$/, 'the server does not support sslnegotiation=direct; leave it out'],
  [/_WRONG_VERSION_NUMBER$/, 'the server answered with something else than TLS: check host and port'],
  [
    /_ALERT_HANDSHAKE_FAILURE$/,
    'both sides have no cipher or key in common, or the server wants a client certificate (ssl.cert, ssl.key)',
  ],
  [
    /_(ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL)$/,
    'both sides have no version of TLS in common: see ssl.minVersion and ssl.maxVersion, or enable TLS 1.2 or 1.3 at the server',
  ],
  [
    /^(EE_KEY_TOO_SMALL|CA_KEY_TOO_SMALL|CA_MD_TOO_WEAK)$/,
    'give the server a certificate with a key of at least 2048 bits (RSA) and a signature of SHA-256',
  ],
]

/** What a certificate says, on one line and short. */
function quote(text, most = LONGEST_NAME) {
  const escape = (char) => `\\u{${char.codePointAt(0).toString(16)}}`
  const line = text.slice(0, most).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escape)
  return text.length > most ? `${line}...` : line
}

const nameOf = (lines) => `"${quote(lines.split('\n').join(', '))}"`
const subject = (certificate, otherwise) => (certificate?.subject ? nameOf(certificate.subject) : otherwise)

function missingIssuer(chain) {
  const issuer = chain.at(-1)?.issuer
  return `the certificate of its issuer${issuer ? ` ${nameOf(issuer)}` : ''} is missing: to trust it, ${TRUST}`
}

const moment = (text) => {
  const time = Date.parse(text)
  return Number.isNaN(time) ? quote(text) : new Date(time).toISOString()
}

function expired(chain) {
  const blamed = chain.find(({ validTo }) => Date.parse(validTo) < Date.now())
  return `renew ${subject(blamed, 'it')}${blamed ? `, which expired on ${moment(blamed.validTo)}` : ''}`
}

function early(chain) {
  const blamed = chain.find(({ validFrom }) => Date.parse(validFrom) > Date.now())
  const since = blamed ? `${subject(blamed, 'it')} begins on ${moment(blamed.validFrom)}: ` : ''
  return `${since}check the clocks of this machine and of the server`
}

/**
 * The certificates that a TLSSocket was shown and that OpenSSL has refused, the server's first; to be asked for before the
 * socket is destroyed. Not by getPeerX509Certificate(), which takes the certificate out of the connection (Node 20).
 */
function refusedChain(stream) {
  const chain = []
  if (!stream._handle?.verifyError?.()) return chain
  for (let next = stream.getPeerCertificate(true); next?.raw; next = next.issuerCertificate) {
    if (chain.length === LONGEST_CHAIN || chain.at(-1)?.fingerprint256 === next.fingerprint256) break
    chain.push(new X509Certificate(next.raw))
  }
  return chain
}

const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_GET_ISSUER_CERT',
])

const MISMATCH = "Hostname/IP does not match certificate's altnames: "

// Node lists every name, and a certificate may have thousands.
function few(names) {
  const more = names.length - MOST_NAMES
  const some = [...names.slice(0, MOST_NAMES), ...(more > 0 ? [`and ${more} more`] : [])]
  return quote(some.join(', '), 2 * LONGEST_NAME)
}

// Of a certificate that an address does not match, Node lists the addresses alone.
function namesBeside(said, certificate) {
  if (!said.startsWith('IP: ') || typeof certificate?.subjectaltname !== 'string') return ''
  const names = certificate.subjectaltname.split(', ').filter((name) => name.startsWith('DNS:'))
  return names.length > 0 ? `; it is for ${few(names)}` : ''
}

function mismatch({ message, cert }) {
  const said = message.slice(MISMATCH.length)
  const fix = 'connect by a name in the certificate, or by an address with ssl.servername'
  return `${MISMATCH}${few(said.split(', '))}${namesBeside(said, cert)}; ${fix}`
}

function sentenceFor(error, chain) {
  const { code, message } = error
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return message.startsWith(MISMATCH) ? mismatch(error) : undefined
  }
  const [, advice] = VERDICTS[code] ?? []
  if (advice !== undefined) return `${message}; ${advice(chain)}`
  const [, sentence] = OTHERS.find(([pattern]) => pattern.test(code)) ?? []
  return sentence && `${message.trimEnd()}; ${sentence}`
}

/**
 * Adds to an error of Node's TLS what to do.
 *
 * @param {unknown} error whatever came; others are left alone
 * @param {X509Certificate[]} [chain] see refusedChain
 * @returns the same error
 */
function explain(error, chain = []) {
  const { code, message, stack } = error ?? {}
  if (typeof code !== 'string' || typeof message !== 'string') return error
  try {
    const sentence = sentenceFor(error, chain)
    if (sentence === undefined) return error
    error.message = sentence
    if (UNTRUSTED.has(code)) noteUntrusted(error)
    // The stack was written with the message as it was.
    if (typeof stack === 'string') error.stack = stack.replace(message, () => sentence)
  } catch {
    // An application's error, and frozen.
  }
  return error
}

function parsed(certificate) {
  try {
    return new X509Certificate(Buffer.from(certificate, 'hex'))
  } catch {
    return undefined
  }
}

/** The error for a certificate that the native side refused (`Error::Certificate` in src/error.rs). */
function certificateError({ code, host, certificate: encoded }) {
  const certificate = parsed(encoded)
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const error = certificate && tls.checkServerIdentity(host, certificate.toLegacyObject())
    return explain(error ?? Object.assign(new Error(`${MISMATCH}Host: ${host}.`), { code, host }))
  }
  return explain(Object.assign(new Error(VERDICTS[code][0]), { code }), certificate && [certificate])
}

module.exports = { certificateError, explain, refusedChain }
