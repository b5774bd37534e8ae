'use strict'

const { inspect } = require('node:util')
const { openPool, failureOf } = require('../support/connections')
const { freePort } = require('../support/free-port')
const { sharedServer } = require('../support/server')

const views = (value) => [inspect(value, { depth: 20 }), JSON.stringify(value, safely()), String(value)]

// Clients refer to each other in circles; what has been seen is left out.
function safely() {
  const seen = new Set()
  return (key, value) => {
    if (typeof value === 'bigint') return String(value)
    if (typeof value !== 'object' || value === null) return value
    if (seen.has(value)) return undefined
    seen.add(value)
    return value
  }
}

test('a pool, its clients and their options never print the password', async () => {
  const { password } = sharedServer()
  const pool = openPool()
  const client = await pool.connect()
  for (const value of [pool, pool.options, client, client.connectionParameters]) {
    for (const view of views(value)) expect(view).not.toContain(password)
  }
  client.release()
})

test.each([
  'postgres://user:very-secret-word@host:5432/db',
  'postgres:///db?host=/tmp&password=very-secret-word',
])(
  'no inspection shows the password in %#. connection string, which stays what it is',
  (connectionString) => {
    const pool = openPool({ connectionString })
    for (const value of [pool, pool.options, pool.stream('SELECT 1')]) {
      expect(inspect(value, { depth: 20 })).not.toContain('very-secret-word')
    }
    expect(inspect(pool.options)).toContain('***')
    expect({ ...pool.options }).toMatchObject({ connectionString })
  }
)

test('a failed connect does not print the password', async () => {
  const password = 'very-secret-word'
  const port = await freePort()
  for (const options of [{ password }, { password, host: '127.0.0.1', port }]) {
    const error = await failureOf(openPool(options).connect())
    for (const view of [...views(error), error.stack]) expect(view).not.toContain(password)
  }
})

test('a URL with a password that cannot be parsed does not print it', () => {
  const password = 'very-secret-word'
  const open = () => openPool({ connectionString: `postgres://user:${password}@host:999999/db` }).connect()
  expect.assertions(1)
  try {
    return open().catch((error) => expect(inspect(error, { depth: 20 })).not.toContain(password))
  } catch (error) {
    expect(inspect(error, { depth: 20 })).not.toContain(password)
  }
})
