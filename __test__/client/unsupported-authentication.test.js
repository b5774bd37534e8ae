'use strict'

// N-11, DV-13: requests that nobody can answer; the message says what the server wants and what to change there.

const { newClient, openPool, after, failureOf } = require('../support/connections')
const { startFakeServer, messages } = require('../support/fake-server')
const { until } = require('../support/until')

const request = (code) => messages.authentication(code)
const sasl = (...mechanisms) => messages.authenticationSASL(mechanisms)
const UNKNOWN = (code, method, rule) =>
  `Unknown authenticationOk message type ${code}: the server asks for ${method} authentication, which oxpg does not have; ` +
  `in the pg_hba.conf of the server, replace ${rule} by scram-sha-256 for this user and address`
const OFFERED = (offer) =>
  `SASL: Only mechanism(s) SCRAM-SHA-256 are supported, and the server offers ${offer}: ` +
  'have its pg_hba.conf name scram-sha-256 for this user and address'

const cases = [
  ['Kerberos', request(2), UNKNOWN(2, 'Kerberos V5', 'krb5')],
  ['SCM credentials', request(6), UNKNOWN(6, 'SCM credential', 'ident')],
  ['GSSAPI', request(7), UNKNOWN(7, 'GSSAPI', 'gss')],
  ['SSPI', request(9), UNKNOWN(9, 'SSPI', 'sspi')],
  ['something unknown', request(99), UNKNOWN(99, 'an unknown kind of', 'that method')],
  ['OAuth', sasl('OAUTHBEARER'), OFFERED('OAUTHBEARER')],
  ['two unknown mechanisms', sasl('GS2-KRB5', 'OTHER'), OFFERED('GS2-KRB5 and OTHER')],
  ['no mechanism at all', sasl(), OFFERED('no mechanism')],
]

describe.each(cases)('a server that asks for %s', (what, bytes, text) => {
  let fake
  beforeEach(async () => {
    fake = await startFakeServer(async (peer) => {
      await peer.startup()
      peer.send(bytes)
    })
    after(() => fake.close())
  })

  test('makes connect() reject, and its socket is closed', async () => {
    const client = newClient(fake.config)
    const ended = new Promise((resolve) => client.once('end', resolve))
    expect((await failureOf(client.connect())).message).toBe(text)
    await until('the socket is closed', () => fake.accepted === 1 && fake.open === 0)
    await ended
  })

  test('makes the queries and checkouts of a pool reject, and no slot is lost', async () => {
    const pool = openPool({ ...fake.config, max: 1 })
    const attempts = [pool.query('SELECT 1'), pool.connect(), pool.query('SELECT 1')]
    const failures = await Promise.all(attempts.map(failureOf))
    expect(failures.map(({ message }) => message)).toEqual([text, text, text])
    expect([pool.totalCount, pool.waitingCount]).toEqual([0, 0])
    await until('the sockets are closed', () => fake.accepted === 3 && fake.open === 0)
  })
})

test('no password is asked for, where none can be used', async () => {
  const asked = []
  const fake = await startFakeServer(async (peer) => {
    await peer.startup()
    peer.send(sasl('OAUTHBEARER'))
  })
  after(() => fake.close())
  await failureOf(newClient({ ...fake.config, password: () => (asked.push('once'), 'secret') }).connect())
  expect(asked).toEqual([])
})
