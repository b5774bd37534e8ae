'use strict'

// Hashes for authentication under pg's names (M-3). oxpg authenticates in its core; this serves whoever drives a
// `Connection` by hand, and tools that load the path.

const crypto = require('crypto')

const toArrayBuffer = (buffer) => buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.length)

const digest = (algorithm, data) => crypto.createHash(algorithm).update(data).digest()

function randomBytes(length) {
  return crypto.randomBytes(length)
}

async function md5(data) {
  return digest('md5', data).toString('hex')
}

/** The answer to AuthenticationMD5Password. */
async function postgresMd5PasswordHash(user, password, salt) {
  const inner = await md5(password + user)
  return 'md5' + (await md5(Buffer.concat([Buffer.from(inner), salt])))
}

/** @param {string} name as Web Crypto spells it: SHA-1, SHA-256, ... */
async function hashByName(name, data) {
  return crypto.webcrypto.subtle.digest(name, data)
}

async function sha256(data) {
  return hashByName('SHA-256', data)
}

async function hmacSha256(key, text) {
  return toArrayBuffer(crypto.createHmac('sha256', Buffer.from(key)).update(text).digest())
}

/** PBKDF2, off the event loop: servers choose how many iterations it takes. */
function deriveKey(password, salt, iterations) {
  return new Promise((resolve, reject) => {
    crypto.pbkdf2(password, salt, iterations, 32, 'sha256', (error, key) =>
      error ? reject(error) : resolve(toArrayBuffer(key))
    )
  })
}

module.exports = { postgresMd5PasswordHash, randomBytes, deriveKey, sha256, hashByName, hmacSha256, md5 }
