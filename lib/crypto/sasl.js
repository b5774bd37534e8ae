'use strict'

// The client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677) under pg's names (M-3, A-4 to A-7). See utils.js for whom.

const crypto = require('./utils')
const { signatureAlgorithmHashFromCertificate } = require('./cert-signatures')

const DEFAULT_MAX_SCRAM_ITERATIONS = 100000
const PLAIN = 'SCRAM-SHA-256'
const BOUND = 'SCRAM-SHA-256-PLUS'
const BINDING = 'p=tls-server-end-point'

const FIRST = 'SASL: SCRAM-SERVER-FIRST-MESSAGE:'
const FINAL = 'SASL: SCRAM-SERVER-FINAL-MESSAGE:'

// RFC 4013: other spaces become a space (C.1.2), what stands for nothing goes (B.1), the rest by NFKC. Nothing is
// prohibited, as with libpq.
const OTHER_SPACES = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/g
// eslint-disable-next-line no-misleading-character-class
const NOTHINGS = /[\u00ad\u034f\u1806\u180b-\u180d\u200c\u200d\u2060\ufe00-\ufe0f\ufeff]/g
const prepared = (password) => password.replace(OTHER_SPACES, ' ').replace(NOTHINGS, '').normalize('NFKC')

/**
 * Begins an exchange.
 *
 * @param {string[]} mechanisms what the server offers
 * @param {object | false} [stream] the TLS socket, if the channel may be bound
 * @param {number} [scramMaxIterations] 0: no limit
 */
function startSession(mechanisms, stream, scramMaxIterations = DEFAULT_MAX_SCRAM_ITERATIONS) {
  const candidates = stream ? [BOUND, PLAIN] : [PLAIN]
  const mechanism = candidates.find((candidate) => mechanisms.includes(candidate))
  if (mechanism === undefined) {
    throw new Error(`SASL: Only mechanism(s) ${candidates.join(' and ')} are supported`)
  }
  if (mechanism === BOUND && typeof stream.getPeerCertificate !== 'function') {
    throw new Error(`SASL: Mechanism ${BOUND} requires a certificate`)
  }
  const clientNonce = crypto.randomBytes(18).toString('base64')
  const header = mechanism === BOUND ? BINDING : stream ? 'y' : 'n'
  return {
    mechanism,
    clientNonce,
    response: `${header},,n=*,r=${clientNonce}`,
    message: 'SASLInitialResponse',
    scramMaxIterations,
  }
}

/** Answers the server's first message: `session.response` is what to send. */
async function continueSession(session, password, serverData, stream) {
  if (session.message !== 'SASLInitialResponse') {
    throw new Error('SASL: Last message was not SASLInitialResponse')
  }
  if (typeof password !== 'string') throw new Error(`${FIRST} client password must be a string`)
  if (password === '') throw new Error(`${FIRST} client password must be a non-empty string`)
  if (typeof serverData !== 'string') throw new Error(`${FIRST} serverData must be a string`)

  const { nonce, salt, iteration } = readFirstMessage(serverData)
  checkNonce(nonce, session.clientNonce)
  checkIterations(iteration, session.scramMaxIterations)

  const binding = (await channelBinding(session, stream)).toString('base64')
  const withoutProof = `c=${binding},r=${nonce}`
  const exchange = `n=*,r=${session.clientNonce},r=${nonce},s=${salt},i=${iteration},${withoutProof}`

  const salted = await crypto.deriveKey(prepared(password), Buffer.from(salt, 'base64'), iteration)
  const clientKey = Buffer.from(await crypto.hmacSha256(salted, 'Client Key'))
  const clientSignature = Buffer.from(await crypto.hmacSha256(await crypto.sha256(clientKey), exchange))
  const serverKey = await crypto.hmacSha256(salted, 'Server Key')
  const proof = Buffer.from(clientKey.map((byte, i) => byte ^ clientSignature[i])).toString('base64')

  session.message = 'SASLResponse'
  session.serverSignature = Buffer.from(await crypto.hmacSha256(serverKey, exchange)).toString('base64')
  session.response = `${withoutProof},p=${proof}`
}

/** Checks the server's last message: it must know the password as well. */
function finalizeSession(session, serverData) {
  if (session.message !== 'SASLResponse') throw new Error('SASL: Last message was not SASLResponse')
  if (typeof serverData !== 'string') throw new Error(`${FINAL} serverData must be a string`)
  const attributes = readAttributes(serverData)
  const error = attributes.get('e')
  if (error) throw new Error(`${FINAL} server returned error: "${error}"`)
  const signature = attributes.get('v')
  if (!signature) throw new Error(`${FINAL} server signature is missing`)
  if (!isBase64(signature)) throw new Error(`${FINAL} server signature must be base64`)
  if (signature !== session.serverSignature) throw new Error(`${FINAL} server signature does not match`)
}

async function channelBinding(session, stream) {
  if (session.mechanism !== BOUND) return Buffer.from(stream ? 'y,,' : 'n,,')
  const certificate = stream.getPeerCertificate().raw
  const signedBy = signatureAlgorithmHashFromCertificate(certificate)
  // RFC 5929: weaker hashes are replaced.
  const hash = await crypto.hashByName(/^(MD5|SHA-1)$/.test(signedBy) ? 'SHA-256' : signedBy, certificate)
  return Buffer.concat([Buffer.from(`${BINDING},,`), Buffer.from(hash)])
}

function checkNonce(nonce, clientNonce) {
  if (!nonce.startsWith(clientNonce)) {
    throw new Error(`${FIRST} server nonce does not start with client nonce`)
  }
  if (nonce.length === clientNonce.length) throw new Error(`${FIRST} server nonce is too short`)
}

function checkIterations(iteration, limit) {
  const most = typeof limit === 'number' ? limit : DEFAULT_MAX_SCRAM_ITERATIONS
  if (most !== 0 && iteration > most) {
    throw new Error(`${FIRST} iteration count ${iteration} exceeds scramMaxIterations of ${most}`)
  }
}

function readFirstMessage(text) {
  const attributes = readAttributes(text)
  const nonce = attributes.get('r')
  if (!nonce) throw new Error(`${FIRST} nonce missing`)
  if (!/^[\x21-\x2b\x2d-\x7e]*$/.test(nonce)) {
    throw new Error(`${FIRST} nonce must only contain printable characters`)
  }
  const salt = attributes.get('s')
  if (!salt) throw new Error(`${FIRST} salt missing`)
  if (!isBase64(salt)) throw new Error(`${FIRST} salt must be base64`)
  const iterations = attributes.get('i')
  if (!iterations) throw new Error(`${FIRST} iteration missing`)
  if (!/^[1-9][0-9]*$/.test(iterations)) throw new Error(`${FIRST} invalid iteration count`)
  return { nonce, salt, iteration: parseInt(iterations, 10) }
}

// `r=abc,s=def`: one letter, `=`, and what follows up to the comma.
function readAttributes(text) {
  return new Map(
    text.split(',').map((pair) => {
      if (!/^.=/.test(pair)) throw new Error('SASL: Invalid attribute pair entry')
      return [pair[0], pair.slice(2)]
    })
  )
}

function isBase64(text) {
  return /^(?:[a-zA-Z0-9+/]{4})*(?:[a-zA-Z0-9+/]{2}==|[a-zA-Z0-9+/]{3}=)?$/.test(text)
}

module.exports = { startSession, continueSession, finalizeSession, DEFAULT_MAX_SCRAM_ITERATIONS }
