'use strict'

const { newClient, openPool, failureOf } = require('../support/connections')
const { createAuthority } = require('../support/certificates')
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
      expect.stringContaining('ssl: true, or sslmode=require'),
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
