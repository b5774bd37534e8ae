'use strict'

// and the register of messages: what a server can get wrong in SCRAM-SHA-256, seen by connect().

const { parity } = require('./harness')
const { startFakeServer, messages } = require('../support/fake-server')

const salt = Buffer.from('sixteen bytes of').toString('base64')
const good = (nonce) => `r=${nonce}server,s=${salt},i=4096`

// The client's first message: mechanism, length, `n,,n=*,r=<nonce>`.
const nonceOf = ({ body }) => /r=(.*)$/.exec(body.toString())[1]

async function connectTo(script, { newClient, defer, outcome, log }, config = {}) {
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
  return [rejected.constructor.name, rejected.message]
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
  ['a foreign nonce', () => `r=other,s=${salt},i=4096`],
  ['a nonce that adds nothing', (nonce) => `r=${nonce},s=${salt},i=4096`],
  ['a nonce with a space', (nonce) => `r=${nonce} x,s=${salt},i=4096`],
  ['no nonce', () => `s=${salt},i=4096`],
  ['no salt', (nonce) => `r=${nonce}x,i=4096`],
  ['a salt that is not base64', (nonce) => `r=${nonce}x,s=*,i=4096`],
  ['no iterations', (nonce) => `r=${nonce}x,s=${salt}`],
  ['iterations of none', (nonce) => `r=${nonce}x,s=${salt},i=0`],
  ['iterations that are no number', (nonce) => `r=${nonce}x,s=${salt},i=many`],
  ['too many iterations', (nonce) => `r=${nonce}x,s=${salt},i=100001`],
  ['what is no pair', () => 'nonsense'],
  ['nothing', () => ''],
])(
  ([what]) => `A-7: a first message with ${what} fails the connect`,
  (context, [, first]) => connectTo(exchange(first), context)
)

parity.each([
  ['another signature', `v=${Buffer.from('other').toString('base64')}`],
  ['no signature', 'x=1'],
  ['a signature that is not base64', 'v=*'],
  ['an error', 'e=invalid-proof'],
  ['what is no pair', '?'],
])(
  ([what]) => `A-7: a final message with ${what} fails the connect`,
  (context, [, final]) => connectTo(exchange(good, final), context)
)

parity('O-10: more iterations than scramMaxIterations fail the connect', (context) =>
  connectTo(exchange(good), context, { scramMaxIterations: '4095' })
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
  ['a final message first', speak(() => messages.authenticationSASLFinal('v=AAAA'))],
  ['the first message twice', speak(challenge, challenge)],
])(
  ([what]) => `A-7: ${what} fails the connect`,
  (context, [, script]) => connectTo(script, context)
)

parity('A-5: channel binding without TLS fails the connect', (context) =>
  connectTo(
    async (peer) => peer.send(messages.authenticationSASL(['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256'])),
    context,
    { enableChannelBinding: true }
  )
)

parity.each([
  ['no mechanism that pg knows', ['GSSAPI', 'OTHER']],
  ['channel binding alone', ['SCRAM-SHA-256-PLUS']],
])(
  ([what]) => `A-1: a server that offers ${what} fails the connect`,
  (context, [, mechanisms]) =>
    connectTo(async (peer) => peer.send(messages.authenticationSASL(mechanisms)), context)
)

parity.each([
  ['an empty password', { password: () => '' }],
  ['no password', { password: () => undefined }],
])(
  ([what]) => `A-7: ${what} fails the connect at the first message`,
  (context, [, config]) => connectTo(exchange(good), context, config)
)
