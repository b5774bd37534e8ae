'use strict'

const path = require('node:path')
const { createRequire } = require('node:module')
const { createTables, dropTables } = require('./tables')

const ROOT = path.join(__dirname, '..', '..')

/** The server all drivers meet: OXPG_TEST_SERVER if it is set, else an embedded one that lives as long as the run. */
async function startServer() {
  const given = process.env.OXPG_TEST_SERVER
  if (given) return { config: parse(given), stop: async () => {} }
  return require(path.join(ROOT, '__test__', 'support', 'postgres')).startPostgres()
}

function parse(given) {
  try {
    const { host, port, user, password, database } = JSON.parse(given)
    return { host, port, user, password, database }
  } catch {
    throw new Error('OXPG_TEST_SERVER must be JSON: {"host", "port", "user", "password", "database"}')
  }
}

/** Runs `work` with the tables in place and takes them away again: the server may be somebody's own. */
async function withTables(config, names, work) {
  await asAdmin(config, (client) => createTables(client, names))
  try {
    return await work()
  } finally {
    await asAdmin(config, dropTables)
  }
}

async function asAdmin(config, work) {
  const { Client } = createRequire(path.join(ROOT, 'package.json'))('pg')
  const client = new Client(config)
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

module.exports = { startServer, withTables }
