'use strict'

const { openPool, failureOf } = require('../support/connections')
const { ownDatabase } = require('../support/server')

let database
beforeAll(async () => {
  database = await ownDatabase()
  await database.query('CREATE TABLE photos (name text UNIQUE)')
})
afterAll(() => database.drop())

test('a transaction on one client commits', async () => {
  const pool = openPool(database.config)
  const client = await pool.connect()
  await client.query('BEGIN')
  await client.query('INSERT INTO photos (name) VALUES ($1)', ['kept'])
  await client.query('COMMIT')
  client.release()
  const { rows } = await pool.query("SELECT name FROM photos WHERE name = 'kept'")
  expect(rows).toEqual([{ name: 'kept' }])
})

test('a failed transaction rolls back, and its client serves on', async () => {
  const pool = openPool({ ...database.config, max: 1 })
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    await client.query('INSERT INTO photos (name) VALUES ($1)', ['lost'])
    const error = await failureOf(client.query('INSERT INTO photos (name) VALUES ($1)', ['lost']))
    expect(error).toMatchObject({ code: '23505', table: 'photos' })
    await client.query('ROLLBACK')
  } finally {
    client.release()
  }
  const { rows } = await pool.query("SELECT count(*)::int4 AS n FROM photos WHERE name = 'lost'")
  expect(rows).toEqual([{ n: 0 }])
})
