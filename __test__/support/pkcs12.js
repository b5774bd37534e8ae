'use strict'

const crypto = require('node:crypto')
const der = require('./der')

const DATA = '1.2.840.113549.1.7.1'
const KEY_BAG = '1.2.840.113549.1.12.10.1.1'
const CERTIFICATE_BAG = '1.2.840.113549.1.12.10.1.3'
const X509 = '1.2.840.113549.1.9.22.1'
const SHA256 = '2.16.840.1.101.3.4.2.1'

/** A PKCS #12 file (RFC 7292): certificate and key in clear, protected by a password's MAC. */
function pkcs12({ cert, key }, password) {
  const bag = (id, value) => der.sequence(der.oid(id), der.explicit(0, value))
  const certificate = new crypto.X509Certificate(cert).raw
  const privateKey = crypto.createPrivateKey(key).export({ type: 'pkcs8', format: 'der' })
  const bags = der.sequence(
    bag(KEY_BAG, privateKey),
    bag(CERTIFICATE_BAG, der.sequence(der.oid(X509), der.explicit(0, der.octets(certificate))))
  )
  const content = der.sequence(data(bags))
  return der.sequence(der.integer([3]), data(content), mac(content, password))
}

const data = (bytes) => der.sequence(der.oid(DATA), der.explicit(0, der.octets(bytes)))

function mac(content, password) {
  const salt = crypto.randomBytes(8)
  const key = macKey(password, salt)
  const digest = crypto.createHmac('sha256', key).update(content).digest()
  const algorithm = der.sequence(der.oid(SHA256), der.nothing())
  return der.sequence(
    der.sequence(algorithm, der.octets(digest)),
    der.octets(salt),
    der.integer([ROUNDS >> 8, ROUNDS & 0xff])
  )
}

const ROUNDS = 1000
const BLOCK = 64

// RFC 7292, appendix B.2, for a key (purpose 3) no longer than one hash.
function macKey(password, salt) {
  const fill = (bytes) =>
    Buffer.alloc(BLOCK * Math.ceil(bytes.length / BLOCK)).map((_, i) => bytes[i % bytes.length])
  const text = Buffer.from(`${password}\0`, 'utf16le').swap16()
  let hash = Buffer.concat([Buffer.alloc(BLOCK, 3), fill(salt), fill(text)])
  for (let round = 0; round < ROUNDS; round++) hash = crypto.createHash('sha256').update(hash).digest()
  return hash
}

module.exports = { pkcs12 }
