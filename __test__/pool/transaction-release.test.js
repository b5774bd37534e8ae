'use strict'

const { openPool, failureOf } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')
const { ownDatabase } = require('../support/server')

let database
beforeAll(async () => {
  database = await ownDatabase()
  await database.query('CREATE TABLE notes (text text)')
})
afterAll(() => database.drop())

// pg hands such a session on as it is: the next holder's work joins a transaction that nobody will commit.
onlyOxpg('a session released inside a transaction is not handed on inside it', async () => {
  const pool = openPool({ ...database.config, max: 1 })
  const client = await pool.connect()
  await client.query('BEGIN')
  await client.query("INSERT INTO notes VALUES ('never committed')")
  client.release()
  await pool.query("INSERT INTO notes VALUES ('by the next one')")
  // Seen from another session: the first insert is rolled back, the second stands by itself.
  const { rows } = await database.query('SELECT text FROM notes')
  expect(rows).toEqual([{ text: 'by the next one' }])
})

onlyOxpg('a session released inside a failed transaction serves the next query', async () => {
  const pool = openPool({ ...database.config, max: 1 })
  const client = await pool.connect()
  await client.query('BEGIN')
  await failureOf(client.query('SELECT broken'))
  client.release()
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})

onlyOxpg('a transaction that pool.query() opens ends with its query', async () => {
  const pool = openPool({ ...database.config, max: 1 })
  await pool.query('BEGIN')
  const { rows } = await pool.query(
    'SELECT pg_current_xact_id_if_assigned() AS xact, now() = statement_timestamp() AS own'
  )
  expect(rows).toEqual([{ xact: null, own: true }])
})

onlyOxpg('a client released inside a transaction says at its next checkout that it is in none', async () => {
  const pool = openPool({ ...database.config, max: 1 })
  const client = await pool.connect()
  await client.query('BEGIN')
  client.release()
  const again = await pool.connect()
  expect([again === client, again.getTransactionStatus()]).toEqual([true, 'I'])
  again.release()
})
