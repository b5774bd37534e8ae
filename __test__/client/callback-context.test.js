'use strict'

const { AsyncLocalStorage } = require('node:async_hooks')
const domain = require('node:domain')
const { openClient, openPool } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')

const storage = new AsyncLocalStorage()
const contextOf = (call) => new Promise((resolve) => call(() => resolve(storage.getStore())))

test('a callback runs in the context of the caller', async () => {
  await storage.run('caller', async () => {
    const client = await openClient()
    const pool = openPool({ max: 1 })
    expect(await contextOf((done) => client.query('SELECT 1', done))).toBe('caller')
    expect(await contextOf((done) => client.query('SELECT broken', done))).toBe('caller')
    expect(await contextOf((done) => pool.query('SELECT 1', done))).toBe('caller')
    const leave = (done) => pool.connect((error, holder, release) => (release(), done()))
    expect(await contextOf(leave)).toBe('caller')
    expect(await contextOf((done) => pool.end(done))).toBe('caller')
  })
})

// In pg it is the context in which the connection was opened, whoever calls.
onlyOxpg('a callback runs in the context of its caller, not in that of an earlier one', async () => {
  const pool = openPool({ max: 1 })
  for (const name of ['first', 'second']) {
    await storage.run(name, async () => {
      expect(await contextOf((done) => pool.query('SELECT 1', done))).toBe(name)
    })
  }
})

test('a callback runs in the domain of the caller', async () => {
  const pool = openPool({ max: 1 })
  const own = domain.create()
  const seen = await new Promise((resolve) => {
    own.run(() => pool.query('SELECT 1', () => resolve(process.domain)))
  })
  expect(seen === own).toBe(true)
})
