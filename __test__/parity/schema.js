'use strict'

const pg = require('pg')
const { serverConfig } = require('./case-context')

async function run(sql) {
  const client = new pg.Client(serverConfig())
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

/**
 * Gives a test file a schema of its own, made before its cases and dropped after them. Both sides see the same objects,
 * so oids, table ids and error fields are the same for both.
 */
function useSchema(name, ddl) {
  const drop = `set client_min_messages = warning; drop schema if exists ${name} cascade`
  beforeAll(() => run(`${drop}; create schema ${name}; ${ddl}`))
  afterAll(() => run(drop))
}

module.exports = { useSchema }
