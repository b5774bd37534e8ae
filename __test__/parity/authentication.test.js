'use strict'

// and the SASL exchanges that a server can get out of order: what is sent, and what connect() says.

const { parity, deviation } = require('./harness')
const { startFakeServer, messages } = require('../support/fake-server')
const { sharedServer } = require('../support/server')

const md5Request = (salt) => messages.frame('R', Buffer.from([0, 0, 0, 5]), salt)

async function answerTo(request, { newClient, defer }, config) {
  const passwords = []
  const server = await startFakeServer(async (peer) => {
    await peer.startup()
    peer.send(request)
    passwords.push((await peer.expect('p')).body.toString('latin1'))
    peer.send(messages.welcome())
    await peer.gone()
  })
  defer(() => server.close())
  await newClient({ host: server.host, port: server.port, user: 'user é', ...config }).connect()
  return passwords
}

const passwords = ['plain', 'grüße 日本語', 'quote\'"\\ $1', 'a\u00a0b\u00adc', '😀', 'x'.repeat(2000)]

parity.each(passwords)(
  (password) => `A-1: a password in clear text, ${JSON.stringify(password.slice(0, 20))}`,
  (context, password) => answerTo(messages.authenticationCleartextPassword(), context, { password })
)

parity.each(passwords)(
  (password) => `A-2: an md5 password, ${JSON.stringify(password.slice(0, 20))}`,
  (context, password) => answerTo(md5Request(Buffer.from([1, 0, 255, 128])), context, { password })
)

async function logInAsRole({ newClient, outcome, defer }, stored, typed) {
  await sharedServer().query(
    `drop role if exists parity_prepared;
     set password_encryption = 'scram-sha-256';
     create role parity_prepared login password '${stored}'`
  )
  defer(() => sharedServer().query('drop role if exists parity_prepared'))
  const client = newClient({ user: 'parity_prepared', password: typed })
  client.on('error', () => {})
  const { rejected } = await outcome(client.connect())
  if (rejected) return rejected.code
  return (await client.query('select current_user::text as name')).rows[0].name
}

// The server prepares a password as RFC 4013 has it; both drivers come to the same one.
parity.each([
  ['spaces of other kinds', 'a b c', 'a\u00a0b\u2003c'],
  ['what is mapped to nothing', 'abc', 'a\u00adb\u200dc'],
  ['a ligature and a numeral', 'fi IX', '\ufb01 \u2168'],
  ['a letter in two parts', 'caf\u00e9', 'cafe\u0301'],
  ['another password', 'caf\u00e9', 'cafe'],
])(
  ([what]) => `A-6: a SCRAM password with ${what}`,
  (context, [, stored, typed]) => logInAsRole(context, stored, typed)
)

// What SASLprep refuses, the server stores as it is; pg maps it all the same, and is refused.
for (const [what, password] of [
  ['a ligature beside a control character', '\ufb01\u0007'],
  ['a space of another kind beside an emoji', 'a\u00a0\u{1f511}'],
  ['letters of both directions beside a ligature', '\ufb01\u0627'],
  ['characters alone that are mapped to nothing', '\u00ad\u00ad'],
]) {
  deviation(
    `A-6, DV-31: a SCRAM password with ${what}`,
    (context) => logInAsRole(context, password, password),
    {
      theirs: '28P01',
      ours: 'parity_prepared',
    }
  )
}
