'use strict'

// whatever a password function throws or rejects with is what connect() rejects with.

const { parity, deviation } = require('./harness')
const { startFakeServer, messages } = require('../support/fake-server')

class OwnError extends Error {}

const thrown = [
  ['an Error', () => new Error('the vault is closed')],
  ['an error of the own class', () => new OwnError('mine')],
  ['a frozen error', () => Object.freeze(new Error('as it is'))],
  ['a string', () => 'in words'],
  ['a number', () => 42],
  ['an object', () => ({ reason: 'none' })],
  ['an object without a prototype', () => Object.create(null)],
  ['a symbol', () => Symbol.for('reason')],
  ['a function', () => function reason() {}],
]

// It asks for a password, and closes what pg leaves open.
async function askingServer({ defer }) {
  const server = await startFakeServer(async (peer) => {
    await peer.startup()
    peer.send(messages.authenticationCleartextPassword())
    await peer.expect('p')
    peer.send(messages.welcome())
    await peer.gone()
  })
  defer(() => server.close())
  return { host: server.host, port: server.port }
}

const ways = [
  ['throws', (value) => () => { throw value }], // prettier-ignore
  ['rejects with', (value) => async () => { throw value }], // prettier-ignore
]

async function attempt(context, password) {
  const client = context.newClient({ ...(await askingServer(context)), password })
  context.defer(() => client.connection?.stream?.destroy())
  return context.outcome(client.connect())
}

for (const [how, make] of ways) {
  parity.each(thrown)(
    ([what]) => `A-3: a function that ${how} ${what}`,
    async (context, [, value]) => {
      const reason = value()
      return (await attempt(context, make(reason))).rejected === reason
    }
  )
}

parity('A-3: a function is called as a method of its Client', async (context) => {
  const { password } = context.config
  let self
  const client = context.newClient({
    password() {
      self = this
      return password
    },
  })
  await client.connect()
  return self === client
})

parity('A-3: a function of a pool is called as a method of a Client', async (context) => {
  const { password } = context.config
  let self
  const pool = context.newPool({
    password() {
      self = this
      return password
    },
  })
  await pool.query('SELECT 1')
  return [self.constructor.name, self.user, self.port]
})

// pg takes it for success, and hands out a client that has never logged in.
for (const reason of [undefined, null, 0, '']) {
  deviation(
    `A-3, DV-32: a function that rejects with ${JSON.stringify(reason)}`,
    async (context) => {
      const { rejected } = await attempt(context, () => Promise.reject(reason))
      return rejected ? rejected.message : 'success'
    },
    { theirs: 'success', ours: 'The password function failed without a reason' }
  )
}
