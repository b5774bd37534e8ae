'use strict'

const { startPostgres } = require('./postgres')

/** Runs once before all test files. A server named from outside is used as it is. */
module.exports = async function globalSetup() {
  if (process.env.OXPG_TEST_SERVER) return
  // A session that hangs in its authentication holds up DROP DATABASE for all, until this timeout ends it.
  const settings = { max_connections: 300, authentication_timeout: '10s' }
  const server = await startPostgres({ settings })
  globalThis.oxpgTestServer = server
  process.env.OXPG_TEST_SERVER = JSON.stringify({ ...server.config, socketDir: server.socketDir })
}
