'use strict'

/** Runs once after all test files, in the process that ran global-setup.js. */
module.exports = async function globalTeardown() {
  if (!globalThis.oxpgTestServer) return
  await globalThis.oxpgTestServer.stop()
  delete globalThis.oxpgTestServer
  delete process.env.OXPG_TEST_SERVER
}
