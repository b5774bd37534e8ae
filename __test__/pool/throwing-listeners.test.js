'use strict'

const path = require('node:path')
const { openPool, failureOf } = require('../support/connections')
const { runProgram } = require('../support/child')
const { until } = require('../support/until')

const PROGRAM = path.join(__dirname, 'programs', 'throwing-listener.js')

// The exception is uncaught, as in pg; there the client is lost to the pool as well, and its caller waits for ever.
test.each(['connect', 'acquire', 'remove', 'log', 'error', 'callback of query', 'callback of connect'])(
  'an exception costs neither slot nor answer, thrown by a listener or callback: %s',
  async (what) => {
    const end = await runProgram(PROGRAM, { args: [what] })
    expect(end).toEqual({
      code: 0,
      signal: null,
      stdout: ['uncaught: thrown on purpose', 'answers: 1 2 3', 'counts: 1 1 0', 'ended', ''].join('\n'),
      stderr: '',
    })
  }
)

test('what a release listener throws is thrown by release(), and the client is back in the pool', async () => {
  const pool = openPool({ max: 1 })
  pool.once('release', () => {
    throw new Error('thrown on purpose')
  })
  const client = await pool.connect()
  const waiting = pool.query('SELECT 1 AS n')
  expect(() => client.release()).toThrow('thrown on purpose')
  expect((await waiting).rows).toEqual([{ n: 1 }])
  expect([pool.totalCount, pool.idleCount, pool.waitingCount]).toEqual([1, 1, 0])
})

test('a client released with an error leaves the pool although a release listener throws', async () => {
  const pool = openPool({ max: 1 })
  const client = await pool.connect()
  pool.once('release', () => {
    throw new Error('thrown on purpose')
  })
  expect(() => client.release(new Error('broken'))).toThrow('thrown on purpose')
  expect(pool.totalCount).toBe(0)
})

test('a verify that throws refuses the client', async () => {
  const verify = () => {
    throw new Error('unverifiable')
  }
  const pool = openPool({ max: 1, verify })
  expect(await failureOf(pool.connect())).toMatchObject({ message: 'unverifiable' })
  expect(await failureOf(pool.query('SELECT 1'))).toMatchObject({ message: 'unverifiable' })
  await until('the refused clients are gone', () => pool.totalCount === 0)
})

test('a verify that answers twice is heard once', async () => {
  const pool = openPool({ max: 1, verify: (client, done) => (done(), done(new Error('too late'))) })
  expect((await pool.query('SELECT 1 AS n')).rows).toEqual([{ n: 1 }])
  expect([pool.totalCount, pool.idleCount]).toEqual([1, 1])
})
