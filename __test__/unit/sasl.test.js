'use strict'

// `lib/crypto/sasl` beside pg's, message by message and text by text.

const { createHash, randomBytes } = require('node:crypto')
const theirs = require('pg/lib/crypto/sasl')
const ours = require('../../lib/crypto/sasl')
const theirUtils = require('pg/lib/crypto/utils')
const ourUtils = require('../../lib/crypto/utils')
const theirSignatures = require('pg/lib/crypto/cert-signatures')
const ourSignatures = require('../../lib/crypto/cert-signatures')
const { createAuthority } = require('../support/certificates')
const der = require('../support/der')

const sides = [theirs, ours]

async function fate(work) {
  try {
    return { value: await work() }
  } catch (error) {
    return { name: error.name, message: error.message }
  }
}

async function expectSame(work) {
  const [expected, actual] = [await fate(() => work(theirs)), await fate(() => work(ours))]
  expect(actual).toEqual(expected)
  return actual
}

const nonce = 'abcdefghijklmnopqrstuvwx'
const first = (changes) => ({
  message: 'SASLInitialResponse',
  mechanism: 'SCRAM-SHA-256',
  clientNonce: nonce,
  ...changes,
})
const salt = Buffer.from('a salt of bytes').toString('base64')
const answer = `r=${nonce}server,s=${salt},i=4096`

const certificate = (() => {
  const pem = createAuthority().issue().cert
  return Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')
})()
const stream = { getPeerCertificate: () => ({ raw: certificate }) }

describe('startSession', () => {
  test.each([
    ['plain', [['SCRAM-SHA-256']]],
    ['plain, though the channel could be bound', [['SCRAM-SHA-256'], stream]],
    ['bound', [['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256'], stream]],
    ['not bound, though the server offers it', [['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256']]],
    ['a limit of its own', [['SCRAM-SHA-256'], false, 5]],
    ['an unknown mechanism', [['GSSAPI']]],
    ['an unknown mechanism with a stream', [['GSSAPI'], stream]],
    ['a stream without certificates', [['SCRAM-SHA-256-PLUS'], {}]],
  ])('is the same as in pg: %s', async (_, args) => {
    await expectSame((side) => {
      const { clientNonce, response, ...rest } = side.startSession(...args)
      return { ...rest, response: response.replace(clientNonce, 'NONCE'), length: clientNonce.length }
    })
  })

  test('uses a new nonce each time', () => {
    expect(ours.startSession(['SCRAM-SHA-256']).clientNonce).not.toBe(
      ours.startSession(['SCRAM-SHA-256']).clientNonce
    )
  })
})

describe('continueSession', () => {
  const cases = [
    ['a good answer', first(), 'secret', answer],
    ['a stream without binding', first(), 'secret', answer, stream],
    ['a bound channel', first({ mechanism: 'SCRAM-SHA-256-PLUS' }), 'secret', answer, stream],
    ['a password to be prepared', first(), 'I\u00adX\u00a0\u2168 ａ', answer],
    ['a password of other scripts', first(), 'пароль😀', answer],
    ['an answer with more attributes', first(), 'secret', `${answer},x=1`],
    ['the wrong turn', first({ message: 'SASLResponse' }), 'secret', answer],
    ['a password that is no text', first(), null, answer],
    ['an empty password', first(), '', answer],
    ['an answer that is no text', first(), 'secret', Buffer.from(answer)],
    ['a foreign nonce', first(), 'secret', `r=other,s=${salt},i=4096`],
    ['a nonce that adds nothing', first(), 'secret', `r=${nonce},s=${salt},i=4096`],
    ['no nonce', first(), 'secret', `s=${salt},i=4096`],
    ['a nonce with a space', first(), 'secret', `r=${nonce} x,s=${salt},i=4096`],
    ['no salt', first(), 'secret', `r=${nonce}x,i=4096`],
    ['a salt that is not base64', first(), 'secret', `r=${nonce}x,s=*,i=4096`],
    ['no iterations', first(), 'secret', `r=${nonce}x,s=${salt}`],
    ['iterations that are no number', first(), 'secret', `r=${nonce}x,s=${salt},i=x`],
    ['no iterations at all', first(), 'secret', `r=${nonce}x,s=${salt},i=0`],
    ['too many iterations', first(), 'secret', `r=${nonce}x,s=${salt},i=100001`],
    ['more iterations than allowed', first({ scramMaxIterations: 10 }), 'secret', answer],
    ['no limit', first({ scramMaxIterations: 0 }), 'secret', `r=${nonce}x,s=${salt},i=100001`],
    ['what is no pair', first(), 'secret', 'nonsense'],
  ]
  test.each(cases)('is the same as in pg: %s', async (_, session, ...rest) => {
    await expectSame(async (side) => {
      const own = { ...session }
      await side.continueSession(own, ...rest)
      return own
    })
  })
})

describe('finalizeSession', () => {
  const session = { message: 'SASLResponse', serverSignature: 'c2ln' }
  test.each([
    ['the signature', session, 'v=c2ln'],
    ['another signature', session, 'v=b3Ro'],
    ['no signature', session, 'x=1'],
    ['a signature that is not base64', session, 'v=*'],
    ['an error', session, 'e=invalid-proof'],
    ['what is no text', session, undefined],
    ['what is no pair', session, '?'],
    ['the wrong turn', { message: 'SASLInitialResponse' }, 'v=c2ln'],
  ])('is the same as in pg: %s', async (_, own, data) => {
    await expectSame((side) => side.finalizeSession({ ...own }, data))
  })
})

test('both sides export the same names', () => {
  expect(sides.map((side) => Object.keys(side))[1]).toEqual(Object.keys(theirs))
  expect(Object.keys(ourUtils)).toEqual(Object.keys(theirUtils))
})

test('the hashes are those of pg', async () => {
  const plain = (value) => (typeof value === 'string' ? value : Buffer.from(value).toString('hex'))
  const bytes = randomBytes(40)
  const calls = [
    ['md5', 'text'],
    ['md5', bytes],
    ['postgresMd5PasswordHash', 'user', 'pässword', Buffer.from([1, 2, 3, 4])],
    ['sha256', bytes],
    ['hashByName', 'SHA-384', bytes],
    ['hmacSha256', bytes, 'text ü'],
    ['deriveKey', 'pässword', bytes, 20],
  ]
  for (const [name, ...args] of calls) {
    expect([name, plain(await ourUtils[name](...args))]).toEqual([
      name,
      plain(await theirUtils[name](...args)),
    ])
  }
  expect(ourUtils.randomBytes(18)).toHaveLength(18)
  expect(plain(await ourUtils.sha256(bytes))).toBe(createHash('sha256').update(bytes).digest('hex'))
})

describe('the hash of a certificate', () => {
  // As much of a certificate as is looked at: signed data of some length, then the algorithm.
  const signedBy = (...algorithm) =>
    der.sequence(der.sequence(der.integer(randomBytes(200).fill(1, 0, 1))), der.sequence(...algorithm))
  const pss = (hash) =>
    signedBy(der.oid('1.2.840.113549.1.1.10'), der.sequence(der.explicit(0, der.sequence(der.oid(hash)))))
  const rsa = [4, 5, 11, 12, 13, 14, 15, 16, 99].map((n) => `1.2.840.113549.1.1.${n}`)
  const ecdsa = ['1', '3.1', '3.2', '3.3', '3.4'].map((n) => `1.2.840.10045.4.${n}`)
  const edwards = [110, 112].map((n) => `1.3.101.${n}`)
  const hashes = [
    '1.2.840.113549.2.5',
    '1.3.14.3.2.26',
    '2.16.840.1.101.3.4.2.1',
    '2.16.840.1.101.3.4.2.2',
    '2.16.840.1.101.3.4.2.3',
    '2.16.840.1.101.3.4.2.9',
  ]
  test.each([
    ['a real one', certificate],
    ...[...rsa, ...ecdsa, ...edwards].map((oid) => [`signed by ${oid}`, signedBy(der.oid(oid))]),
    ...hashes.map((oid) => [`signed by RSASSA-PSS with ${oid}`, pss(oid)]),
    ['no certificate', Buffer.from('nonsense')],
    ['signed by nothing', signedBy(der.integer([1]))],
    ['an endless length', Buffer.from([0x30, 0x85, 1, 1, 1, 1, 1])],
  ])('is the same as in pg: %s', async (_, bytes) => {
    const [expected, actual] = [
      await fate(() => theirSignatures.signatureAlgorithmHashFromCertificate(bytes)),
      await fate(() => ourSignatures.signatureAlgorithmHashFromCertificate(bytes)),
    ]
    expect(actual).toEqual(expected)
  })

  // pg means to say so, and fails for want of the certificate.
  test.each([111, 113])('is refused for Ed448 (1.3.101.%d)', (arc) => {
    const bytes = signedBy(der.oid(`1.3.101.${arc}`))
    expect(() => ourSignatures.signatureAlgorithmHashFromCertificate(bytes)).toThrow(
      'SASL channel binding: Ed448 certificate channel binding is not currently supported by Postgres when parsing'
    )
  })
})
