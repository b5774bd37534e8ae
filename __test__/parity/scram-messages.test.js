'use strict'

// and MR, the register of messages: what a server can get wrong in SCRAM-SHA-256, seen by connect().

const { parity } = require('./harness')
const { startFakeServer, messages } = require('../support/fake-server')

const FIRST = 'SASL: SCRAM-SERVER-FIRST-MESSAGE: '
const FINAL = 'SASL: SCRAM-SERVER-FINAL-MESSAGE: '

const salt = Buffer.from('sixteen bytes of').toString('base64')
const good = (nonce) => `r=${nonce}server,s=${salt},i=4096`

// The client's first message: mechanism, length, `n,,n=*,r=<nonce>`.
const nonceOf = ({ body }) => /r=(.*)$/.exec(body.toString())[1]

async function connectTo(text, script, { newClient, defer, outcome, log }, config = {}) {
  const server = await startFakeServer(async (peer) => {
    await peer.startup()
    await script(peer)
    await peer.gone()
  })
  defer(() => server.close())
  const client = newClient({ host: server.host, port: server.port, password: 'secret', ...config })
  defer(() => client.connection?.stream?.destroy())
  client.on('error', (error) => log('error event', error))
  const { rejected } = await outcome(client.connect())
  // What to do about it is oxpg's own addition (DV-13).
  const [said] = rejected.message.split(', and the server offers ')
  if (said !== text) throw new Error(`"${rejected.message}" instead of "${text}"`)
  return rejected.constructor.name
}

const exchange = (first, final) => async (peer) => {
  peer.send(messages.authenticationSASL(['SCRAM-SHA-256']))
  const nonce = nonceOf(await peer.expect('p'))
  peer.send(messages.authenticationSASLContinue(first(nonce)))
  if (!final) return
  await peer.expect('p')
  peer.send(messages.authenticationSASLFinal(final))
}

parity.each([
  [
    'a foreign nonce',
    () => `r=other,s=${salt},i=4096`,
    FIRST + 'server nonce does not start with client nonce',
  ],
  [
    'a nonce that adds nothing',
    (nonce) => `r=${nonce},s=${salt},i=4096`,
    FIRST + 'server nonce is too short',
  ],
  [
    'a nonce with a space',
    (nonce) => `r=${nonce} x,s=${salt},i=4096`,
    FIRST + 'nonce must only contain printable characters',
  ],
  ['no nonce', () => `s=${salt},i=4096`, FIRST + 'nonce missing'],
  ['no salt', (nonce) => `r=${nonce}x,i=4096`, FIRST + 'salt missing'],
  ['a salt that is not base64', (nonce) => `r=${nonce}x,s=*,i=4096`, FIRST + 'salt must be base64'],
  ['no iterations', (nonce) => `r=${nonce}x,s=${salt}`, FIRST + 'iteration missing'],
  ['iterations of none', (nonce) => `r=${nonce}x,s=${salt},i=0`, FIRST + 'invalid iteration count'],
  [
    'iterations that are no number',
    (nonce) => `r=${nonce}x,s=${salt},i=many`,
    FIRST + 'invalid iteration count',
  ],
  [
    'too many iterations',
    (nonce) => `r=${nonce}x,s=${salt},i=100001`,
    FIRST + 'iteration count 100001 exceeds scramMaxIterations of 100000',
  ],
  ['what is no pair', () => 'nonsense', 'SASL: Invalid attribute pair entry'],
  ['nothing', () => '', 'SASL: Invalid attribute pair entry'],
])(
  ([what]) => `A-7: a first message with ${what} fails the connect`,
  (context, [, first, text]) => connectTo(text, exchange(first), context)
)

parity.each([
  [
    'another signature',
    `v=${Buffer.from('other').toString('base64')}`,
    FINAL + 'server signature does not match',
  ],
  ['no signature', 'x=1', FINAL + 'server signature is missing'],
  ['a signature that is not base64', 'v=*', FINAL + 'server signature must be base64'],
  ['an error', 'e=invalid-proof', FINAL + 'server returned error: "invalid-proof"'],
  ['what is no pair', '?', 'SASL: Invalid attribute pair entry'],
])(
  ([what]) => `A-7: a final message with ${what} fails the connect`,
  (context, [, final, text]) => connectTo(text, exchange(good, final), context)
)

parity('O-10: more iterations than scramMaxIterations fail the connect', (context) =>
  connectTo(FIRST + 'iteration count 4096 exceeds scramMaxIterations of 4095', exchange(good), context, {
    scramMaxIterations: '4095',
  })
)

const speak =
  (...answers) =>
  async (peer) => {
    peer.send(messages.authenticationSASL(['SCRAM-SHA-256']))
    const nonce = nonceOf(await peer.expect('p'))
    for (const [index, answer] of answers.entries()) {
      if (index > 0) await peer.expect('p')
      peer.send(answer(nonce))
    }
  }
const challenge = (nonce) => messages.authenticationSASLContinue(good(nonce))

parity.each([
  [
    'a final message first',
    speak(() => messages.authenticationSASLFinal('v=AAAA')),
    'SASL: Last message was not SASLResponse',
  ],
  ['the first message twice', speak(challenge, challenge), 'SASL: Last message was not SASLInitialResponse'],
])(
  ([what]) => `A-7: ${what} fails the connect`,
  (context, [, script, text]) => connectTo(text, script, context)
)

parity('A-5: channel binding without TLS fails the connect', (context) =>
  connectTo(
    'SASL: Mechanism SCRAM-SHA-256-PLUS requires a certificate',
    async (peer) => peer.send(messages.authenticationSASL(['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256'])),
    context,
    { enableChannelBinding: true }
  )
)

parity.each([
  ['no mechanism that pg knows', ['GSSAPI', 'OTHER'], 'SASL: Only mechanism(s) SCRAM-SHA-256 are supported'],
  ['channel binding alone', ['SCRAM-SHA-256-PLUS'], 'SASL: Only mechanism(s) SCRAM-SHA-256 are supported'],
])(
  ([what]) => `A-1: a server that offers ${what} fails the connect`,
  (context, [, mechanisms, text]) =>
    connectTo(text, async (peer) => peer.send(messages.authenticationSASL(mechanisms)), context)
)

parity.each([
  ['an empty password', { password: () => '' }, FIRST + 'client password must be a non-empty string'],
  ['no password', { password: () => undefined }, FIRST + 'client password must be a string'],
])(
  ([what]) => `A-7: ${what} fails the connect at the first message`,
  (context, [, config, text]) => connectTo(text, exchange(good), context, config)
)
