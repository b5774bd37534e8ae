'use strict'

// The hash by which a certificate was signed, for SCRAM channel binding, under pg's name (M-3).

// Object identifiers of signature algorithms, by arc.
const RSA = '1.2.840.113549.1.1.'
const ECDSA = '1.2.840.10045.4.'
const EDWARDS = '1.3.101.'

const BY_SIGNATURE = new Map([
  [RSA + 4, 'MD5'],
  [RSA + 5, 'SHA-1'],
  [RSA + 11, 'SHA-256'],
  [RSA + 12, 'SHA-384'],
  [RSA + 13, 'SHA-512'],
  [RSA + 14, 'SHA-224'],
  [RSA + 15, 'SHA512-224'],
  [RSA + 16, 'SHA512-256'],
  [ECDSA + 1, 'SHA-1'],
  [ECDSA + '3.1', 'SHA-224'],
  [ECDSA + '3.2', 'SHA-256'],
  [ECDSA + '3.3', 'SHA-384'],
  [ECDSA + '3.4', 'SHA-512'],
  [EDWARDS + 110, 'SHA-512'],
  [EDWARDS + 112, 'SHA-512'],
])

// RSASSA-PSS names its hash in its parameters.
const PSS = RSA + 10
const BY_HASH = new Map([
  ['1.2.840.113549.2.5', 'MD5'],
  ['1.3.14.3.2.26', 'SHA-1'],
  ['2.16.840.1.101.3.4.2.1', 'SHA-256'],
  ['2.16.840.1.101.3.4.2.2', 'SHA-384'],
  ['2.16.840.1.101.3.4.2.3', 'SHA-512'],
])

const ED448 = [EDWARDS + 111, EDWARDS + 113]

const SEQUENCE = 0x30
const OBJECT_IDENTIFIER = 0x06
const CONTEXT_0 = 0xa0

/** Walks through DER: a tag, a length, and so many bytes. */
class Reader {
  constructor(certificate, at) {
    this._bytes = certificate
    this.at = at
  }

  fail(reason) {
    const shown = this._bytes.toString('base64')
    return new Error(`SASL channel binding: ${reason} when parsing public certificate ${shown}`)
  }

  /** Steps behind the head of an element, and returns its length. */
  enter(tag, name) {
    if (this._bytes[this.at++] !== tag) throw this.fail(`non-${name} data`)
    const first = this._bytes[this.at++]
    if (first < 0x80) return first
    const count = first & 0x7f
    if (count > 4) throw this.fail('bad length')
    let length = 0
    for (let i = 0; i < count; i++) length = length * 256 + this._bytes[this.at++]
    return length
  }

  objectIdentifier() {
    const length = this.enter(OBJECT_IDENTIFIER, 'OID')
    const bytes = this._bytes.subarray(this.at, this.at + length)
    this.at += length
    const parts = [Math.floor(bytes[0] / 40), bytes[0] % 40]
    let value = 0
    for (const byte of bytes.subarray(1)) {
      value = value * 128 + (byte & 0x7f)
      if (byte < 0x80) {
        parts.push(value)
        value = 0
      }
    }
    return parts.join('.')
  }
}

/**
 * @param {Buffer} certificate DER
 * @param {number} [start]
 * @returns {string} the hash's name as Web Crypto spells it
 */
function signatureAlgorithmHashFromCertificate(certificate, start = 0) {
  const reader = new Reader(certificate, start)
  reader.enter(SEQUENCE, 'sequence')
  const signed = reader.enter(SEQUENCE, 'sequence')
  reader.at += signed
  reader.enter(SEQUENCE, 'sequence')
  const signature = reader.objectIdentifier()
  if (BY_SIGNATURE.has(signature)) return BY_SIGNATURE.get(signature)
  if (ED448.includes(signature)) {
    throw reader.fail('Ed448 certificate channel binding is not currently supported by Postgres')
  }
  if (signature !== PSS) throw reader.fail(`unknown OID ${signature}`)
  reader.enter(SEQUENCE, 'sequence')
  reader.enter(CONTEXT_0, 'tag')
  reader.enter(SEQUENCE, 'sequence')
  const hash = reader.objectIdentifier()
  if (BY_HASH.has(hash)) return BY_HASH.get(hash)
  throw reader.fail(`unknown hash OID ${hash}`)
}

module.exports = { signatureAlgorithmHashFromCertificate }
