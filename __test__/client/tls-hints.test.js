'use strict'

const { newClient, openPool, after, failureOf } = require('../support/connections')
const { createAuthority } = require('../support/certificates')
const { startFakeServer, messages } = require('../support/fake-server')
const { startPostgres } = require('../support/postgres')
const { toError } = require('../../lib/errors')

const authority = createAuthority()
const ssl = { ca: authority.cert }
let server

beforeAll(async () => {
  const hba = [
    'local all postgres trust',
    'hostssl all guest all cert',
    'hostssl all postgres all scram-sha-256',
  ]
  server = await startPostgres({ tls: authority.issue(), hba })
  await server.query('CREATE ROLE guest LOGIN')
})
afterAll(() => server.stop())

test('a server that demands encryption: the hint says how to have it', async () => {
  const errors = [
    await failureOf(newClient({ ...server.config, ssl: false }).connect()),
    await failureOf(openPool({ ...server.config, ssl: false }).query('SELECT 1')),
  ]
  for (const error of errors) {
    expect(error.message).toMatch(
      /^no pg_hba\.conf entry for host "127\.0\.0\.1", user "postgres", .*no encryption$/
    )
    expect([error.code, error.hint]).toEqual([
      '28000',
      expect.stringContaining('ssl: true, or sslmode=verify-full'),
    ])
  }
})

test('a server that demands a client certificate: the hint names the options', async () => {
  const error = await failureOf(newClient({ ...server.config, user: 'guest', ssl }).connect())
  expect(error.message).toBe('connection requires a valid client certificate')
  expect([error.code, error.hint]).toEqual(['28000', expect.stringContaining('ssl.cert and ssl.key')])
})

test('where encryption would not help there is no hint', async () => {
  const unknown = { ...server.config, user: 'nobody' }
  const encrypted = await failureOf(newClient({ ...unknown, ssl }).connect())
  expect([encrypted.code, encrypted.hint]).toEqual(['28000', undefined])
  const local = await failureOf(newClient({ ...unknown, host: server.socketDir }).connect())
  expect([local.code, local.hint]).toEqual(['28000', undefined])
})

test('a hint of the server stays', () => {
  const message = 'no pg_hba.conf entry for host "h", user "u", database "d", SSL off'
  const fields = [
    ['C', '28000'],
    ['M', message],
  ]
  const hintOf = (more) => toError({ kind: 'server', length: 9, fields: [...fields, ...more] }).hint
  expect(hintOf([['H', 'their own']])).toBe('their own')
  expect(hintOf([])).toContain('ssl: true')
})

// One pattern that looks for the parts of the text in turn would search for minutes, and the event loop with it.
test('a text that repeats what the hints are found by holds nobody up', async () => {
  const message = 'pg_hba.conf '.repeat(80_000)
  const refusing = await startFakeServer(async (peer) => {
    await peer.startup()
    peer.send(messages.errorResponse({ S: 'FATAL', C: '28000', M: message }))
  })
  after(() => refusing.close())
  const { host, port } = refusing
  const error = await failureOf(newClient({ host, port, ssl: false }).connect())
  expect([error.message === message, error.hint]).toEqual([true, undefined])
})
