'use strict'

// What people read of `client.connection.stream`, which in pg is a net.Socket and then a TLSSocket (T-6): of a session whose
// socket Rust owns, asked when somebody wants to know.

const { X509Certificate } = require('crypto')
const net = require('net')
const tls = require('tls')
const { native } = require('./mailbox')
const { list, pem } = require('./ssl-material')

/** Of any socket, and of one with TLS. */
const FACTS = [
  'encrypted',
  'authorized',
  'authorizationError',
  'alpnProtocol',
  'servername',
  'remoteAddress',
  'remotePort',
  'remoteFamily',
  'localAddress',
  'localPort',
]
const QUESTIONS = [
  'getPeerCertificate',
  'getPeerX509Certificate',
  'getCertificate',
  'getX509Certificate',
  'getCipher',
  'getProtocol',
  'getSession',
  'isSessionReused',
]

// Nobody has looked whether the certificate is valid; the code of Node would be that of the first fault.
const NOT_VERIFIED = 'ERR_OXPG_NOT_VERIFIED'

/** The certificates of PEM texts, which may hold keys as well. */
function certificatesOf(material) {
  const blocks = list(material).flatMap(
    (item) => pem(item).match(/-----BEGIN (?:X509 )?CERTIFICATE-----[^-]+-----END [^-]+-----/g) ?? []
  )
  return blocks.map((block) => new X509Certificate(block))
}

// The form of getPeerCertificate(); Node makes an object of the one text in it.
function plain(certificate) {
  const legacy = certificate.toLegacyObject()
  if (typeof legacy.infoAccess !== 'string') return legacy
  const access = Object.create(null)
  for (const [, key, value] of legacy.infoAccess.matchAll(/([^\n:]*):([^\n]*)/g))
    (access[key] ??= []).push(value)
  return Object.assign(legacy, { infoAccess: access })
}

/** A certificate and, below it, its issuers, as far as they are known; one that issued itself ends in a circle. */
function plainChain(certificate, issuers) {
  const unused = new Set(issuers)
  const whole = plain(certificate)
  for (let [current, at] = [certificate, whole]; ; at = at.issuerCertificate) {
    if (current.checkIssued(current)) {
      at.issuerCertificate = at
      return whole
    }
    const issuer = [...unused].find((candidate) => current.checkIssued(candidate))
    if (issuer === undefined) return whole
    unused.delete(issuer)
    at.issuerCertificate = plain(issuer)
    current = issuer
  }
}

/** The answers of a TLSSocket. */
class TlsFacts {
  /**
   * @param {object} facts of src/tls/facts.rs
   * @param {{ host: string, ssl: true | object }} client
   */
  constructor({ protocol, cipher, standardCipher, alpn, isResumed, chain }, { host, ssl }) {
    const options = ssl === true ? {} : ssl
    const isVerified =
      'rejectUnauthorized' in options
        ? options.rejectUnauthorized !== false
        : process.env.NODE_TLS_REJECT_UNAUTHORIZED !== '0'
    this.encrypted = true
    this.authorized = isVerified
    this.authorizationError = isVerified ? null : NOT_VERIFIED
    this.alpnProtocol = alpn ?? false
    // pg sends the host's name, or what the application names where the host is an address (T-3).
    const name = net.isIP(host) === 0 && !host.startsWith('/') ? host : options.servername
    this.servername = name || false
    this._cipher = { name: cipher, standardName: standardCipher, version: protocol }
    this._protocol = protocol
    this._isResumed = isResumed
    this._chain = chain
    this._options = options
  }

  getPeerX509Certificate() {
    return this._chain.length > 0 ? new X509Certificate(Buffer.from(this._chain[0], 'base64')) : undefined
  }

  getPeerCertificate(detailed) {
    const own = this.getPeerX509Certificate()
    if (own === undefined) return {}
    if (!detailed) return plain(own)
    const sent = this._chain.slice(1).map((der) => new X509Certificate(Buffer.from(der, 'base64')))
    return plainChain(own, sent.concat(certificatesOf(this._options.ca || tls.rootCertificates)))
  }

  getX509Certificate() {
    return this._options.cert ? certificatesOf(this._options.cert)[0] : undefined
  }

  getCertificate() {
    const own = this.getX509Certificate()
    return own === undefined ? {} : plain(own)
  }

  getCipher() {
    return { ...this._cipher }
  }

  getProtocol() {
    return this._protocol
  }

  /** Sessions are remembered on the native side, and are not given away. */
  getSession() {
    return undefined
  }

  isSessionReused() {
    return this._isResumed
  }
}

/** What is known of the socket of an open session; undefined where nothing is. */
function socketFacts(session, client) {
  const text = native.socketFacts(session)
  if (text === null) return undefined
  const { address, port, family, tls: agreed } = JSON.parse(text)
  const facts = agreed === null ? {} : new TlsFacts(agreed, client)
  if (address !== null)
    Object.assign(facts, { remoteAddress: address, remotePort: port, remoteFamily: family })
  return facts
}

/** Gives a stream's prototype the properties, answered by `source(stream)`: a socket, facts or undefined. */
function showFacts(prototype, source) {
  for (const key of FACTS.concat(QUESTIONS)) {
    Object.defineProperty(prototype, key, {
      configurable: true,
      get() {
        const from = source(this)
        const value = from?.[key]
        return typeof value === 'function' ? value.bind(from) : value
      },
    })
  }
}

module.exports = { showFacts, socketFacts }
