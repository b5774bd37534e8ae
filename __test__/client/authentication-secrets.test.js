'use strict'

// C-8: whatever goes wrong while logging in, the password is in nothing that is printed.

const { createHash } = require('node:crypto')
const { inspect } = require('node:util')
const { newClient, openPool, after, failureOf } = require('../support/connections')
const { startFakeServer, messages } = require('../support/fake-server')

const password = 'canary-7c1f'
const user = 'fake'
const forms = [
  password,
  Buffer.from(password).toString('base64'),
  Buffer.from(password).toString('hex'),
  createHash('md5')
    .update(password + user)
    .digest('hex'),
]

const salt = Buffer.from('sixteen bytes of').toString('base64')
const refusal = messages.errorResponse({ S: 'FATAL', C: '28P01', M: 'no' })

const scram = (answer, final) => async (peer) => {
  peer.send(messages.authenticationSASL(['SCRAM-SHA-256']))
  const [, nonce] = /r=(.*)$/.exec((await peer.expect('p')).body.toString())
  peer.send(messages.authenticationSASLContinue(answer(nonce)))
  if (!final) return
  await peer.expect('p')
  peer.send(final)
}
const good = (nonce) => `r=${nonce}x,s=${salt},i=4096`
const asking = (request) => async (peer) => {
  peer.send(request)
  await peer.expect('p')
  peer.send(refusal)
}

const scripts = {
  'a method that is not supported': async (peer) => peer.send(messages.authentication(7)),
  'a password in clear text': asking(messages.authenticationCleartextPassword()),
  'an md5 password': asking(messages.frame('R', Buffer.from([0, 0, 0, 5, 1, 2, 3, 4]))),
  'a first message that is broken': scram(() => 'nonsense'),
  'too many iterations': scram((nonce) => `r=${nonce}x,s=${salt},i=2000000000`),
  'a proof that the server refuses': scram(good, refusal),
  'a proof that the server calls invalid': scram(good, messages.authenticationSASLFinal('e=invalid-proof')),
  'a signature that is wrong': scram(good, messages.authenticationSASLFinal('v=AAAA')),
  'a server that skips its proof': scram(good, messages.authenticationOk()),
  'a socket that closes': async (peer) => peer.end(messages.authenticationSASL(['SCRAM-SHA-256'])),
}

test.each(Object.keys(scripts))('%s prints no password', async (name) => {
  const fake = await startFakeServer(async (peer) => {
    await peer.startup()
    await scripts[name](peer)
  })
  after(() => fake.close())
  for (const given of [password, () => password]) {
    const config = { ...fake.config, user, password: given }
    const client = newClient(config)
    const pool = openPool(config)
    const failures = await Promise.all(
      [client.connect(), pool.connect(), pool.query('SELECT 1')].map(failureOf)
    )
    const printed = [client, pool, ...failures].map((thing) => inspect(thing, { depth: 20 }))
    for (const failure of failures)
      printed.push(failure.stack, inspect(failure, { depth: 20, showHidden: true }))
    const text = printed.concat(JSON.stringify([pool.options, failures])).join('\n')
    for (const form of forms) expect(text).not.toContain(form)
  }
})
