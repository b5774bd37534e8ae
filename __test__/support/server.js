'use strict'

const { randomBytes } = require('node:crypto')
const { Client } = require('pg')

/**
 * The server that all test files share: made by global-setup.js, or named by the environment variable
 * OXPG_TEST_SERVER (JSON: host, port, user, password, database, socketDir). Start an own one (postgres.js) to change
 * settings, to stop it, or to count sessions of others.
 */
function sharedServer() {
  if (!process.env.OXPG_TEST_SERVER) {
    throw new Error('OXPG_TEST_SERVER is not set: run through jest with __test__/support/global-setup.js')
  }
  const { host, port, user, password, database, socketDir } = JSON.parse(process.env.OXPG_TEST_SERVER)
  const config = { host, port, user, password, database }
  const part = encodeURIComponent
  const url = `postgres://${part(user)}:${part(password ?? '')}@${host}:${port}/${part(database)}`
  return { ...config, socketDir, config, url, query: (text, values) => queryOnce(config, text, values) }
}

/** One query through the reference driver on a connection of its own: how a test looks at the server from outside. */
async function queryOnce(config, text, values) {
  const client = new Client(config)
  await client.connect()
  try {
    return await client.query(text, values)
  } finally {
    await client.end()
  }
}

/** A database of the test file's own on the shared server, so that its tables meet nobody else's: `{ config, drop }`. */
async function ownDatabase(server = sharedServer()) {
  const database = `test_${randomBytes(6).toString('hex')}`
  await server.query(`CREATE DATABASE ${database}`)
  const config = { ...server.config, database }
  return {
    config,
    query: (text, values) => queryOnce(config, text, values),
    drop: () => server.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`),
  }
}

module.exports = { sharedServer, ownDatabase, queryOnce }
