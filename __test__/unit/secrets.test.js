'use strict'

const util = require('util')
const ConnectionParameters = require('../../lib/connection-parameters')
const { toError } = require('../../lib/errors')
const { withEnv } = require('./compare')

const PASSWORD = 'correct horse battery'
const KEY = 'staple private key'

// Not %o: it asks for hidden properties by name, and shows them with pg too.
const shown = (value) =>
  [
    String(value),
    util.inspect(value, { depth: 20 }),
    util.format('%s %O %j', value, value, value),
    JSON.stringify(value),
    JSON.stringify(Object.entries(value)),
    JSON.stringify({ ...value }),
  ].join('\n')

test.each([
  ['the config', () => new ConnectionParameters({ password: PASSWORD, ssl: { key: KEY, cert: 'c' } })],
  ['the URL', () => new ConnectionParameters(`postgres://u:${encodeURIComponent(PASSWORD)}@h/d`)],
  [
    'the environment',
    () => withEnv({ PGPASSWORD: PASSWORD }, () => new ConnectionParameters({ ssl: { key: KEY } })),
  ],
])('C-8: a password of %s is not printed, and can be read and replaced', (_name, make) => {
  const parameters = make()
  expect(parameters.password).toBe(PASSWORD)
  expect(shown(parameters)).not.toMatch(/correct|battery|staple/)
  parameters.password = 'other'
  expect(parameters.password).toBe('other')
  expect(Object.getOwnPropertyDescriptor(parameters, 'password')).toMatchObject({
    configurable: true,
    enumerable: false,
  })
})

test("C-7: ssl.key hides on the caller's own object and stays readable", () => {
  const ssl = { key: KEY, cert: 'public' }
  const parameters = new ConnectionParameters({ ssl })
  expect([parameters.ssl === ssl, ssl.key]).toEqual([true, KEY])
  expect(shown(ssl)).not.toContain('staple')
  expect(shown(ssl)).toContain('public')
})

test('an exception that the core handed back is not decorated', () => {
  const { keepThrown } = require('../../lib/errors')
  const error = Object.freeze(new Error('mine'))
  expect(toError({ kind: 'thrown', token: keepThrown(error) })).toBe(error)
})
