'use strict'

// O-10: as many iterations as the server was told to use; the work is nobody else's burden, and ends with who wanted it.

const { newClient, openPool, openClient, after, failureOf } = require('../support/connections')
const { startFakeServer, messages } = require('../support/fake-server')
const { startPostgres } = require('../support/postgres')
const { until } = require('../support/until')

const salt = Buffer.from('sixteen bytes of').toString('base64')

/** Asks each of its first `count` clients for more iterations than can be computed today. Lets the others in. */
async function startGlutton(count) {
  const state = { asked: 0 }
  const fake = await startFakeServer(async (peer, index) => {
    await peer.startup()
    if (index >= count) return peer.send(messages.welcome())
    peer.send(messages.authenticationSASL(['SCRAM-SHA-256']))
    const [, nonce] = /r=(.*)$/.exec((await peer.expect('p')).body.toString())
    peer.send(messages.authenticationSASLContinue(`r=${nonce}x,s=${salt},i=2147483647`))
    state.asked++
    return peer.gone()
  })
  after(() => fake.close())
  return Object.assign(state, { fake, config: { ...fake.config, scramMaxIterations: 0 } })
}

describe('a password that is stored with 200,000 iterations', () => {
  let server
  beforeAll(async () => {
    server = await startPostgres({ auth: 'scram-sha-256' })
    await server.query("SET scram_iterations = 200000; CREATE ROLE careful LOGIN PASSWORD 'secret'")
  })
  afterAll(() => server.stop())
  const config = (options) => ({ ...server.config, user: 'careful', password: 'secret', ...options })

  test('is beyond the default of scramMaxIterations', async () => {
    const error = await failureOf(newClient(config()).connect())
    expect(error.message).toBe(
      'SASL: SCRAM-SERVER-FIRST-MESSAGE: iteration count 200000 exceeds scramMaxIterations of 100000'
    )
  })

  test.each([0, 200000, '200000'])('logs in where scramMaxIterations is %p', async (scramMaxIterations) => {
    const client = await openClient(config({ scramMaxIterations }))
    expect((await client.query('SELECT current_user::text AS name')).rows).toEqual([{ name: 'careful' }])
    const pool = openPool(config({ scramMaxIterations }))
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  })

  test('must be the right one all the same', async () => {
    const error = await failureOf(newClient(config({ scramMaxIterations: 0, password: 'other' })).connect())
    expect(error).toMatchObject({ code: '28P01' })
  })
})

test('other sessions go on while twenty compute', async () => {
  const glutton = await startGlutton(20)
  const attempts = Array.from({ length: 20 }, () => newClient(glutton.config))
  const failures = attempts.map((client) => failureOf(client.connect()))
  let settled = 0
  for (const failure of failures) failure.then(() => settled++)
  await until('all were asked', () => glutton.asked === 20)
  const client = await openClient()
  for (let n = 0; n < 100; n++) {
    expect((await client.query('SELECT $1::int AS n', [n])).rows).toEqual([{ n }])
  }
  expect(settled).toBe(0)
  await Promise.all(attempts.map((attempt) => attempt.end()))
  await Promise.all(failures)
})

test('a deadline that passes meanwhile frees the slot at once', async () => {
  const glutton = await startGlutton(1)
  const pool = openPool({ ...glutton.config, max: 1, connectionTimeoutMillis: 300 })
  const failing = failureOf(pool.connect())
  await until('the client was asked', () => glutton.asked === 1)
  const next = pool.connect()
  expect(await failing).toMatchObject({ phase: 'auth' })
  const client = await next.catch(() => pool.connect()) // its own deadline may have passed in the queue
  expect(pool.totalCount).toBe(1)
  client.release()
  await until('the socket of the first is closed', () => glutton.fake.open === 1)
})
