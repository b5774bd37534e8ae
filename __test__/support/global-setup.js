'use strict'

const { startPostgres } = require('./postgres')

/** Runs once before all test files. A server named from outside is used as it is. */
module.exports = async function globalSetup() {
  if (process.env.OXPG_TEST_SERVER) return
  const server = await startPostgres({ settings: { max_connections: 300 } })
  globalThis.oxpgTestServer = server
  process.env.OXPG_TEST_SERVER = JSON.stringify({ ...server.config, socketDir: server.socketDir })
}
