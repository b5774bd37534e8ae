'use strict'

const { startFakeServer } = require('../support/fake-server')

/**
 * A client that a fake server has welcomed, its `events` in the log. The server plays `script` only once the listeners
 * are there: else its first words could come with the welcome.
 */
async function fakeSession({ defer, connect, log }, events, script) {
  let go
  const ready = new Promise((resolve) => (go = resolve))
  const server = await startFakeServer(async (peer) => {
    await peer.welcome()
    await ready
    await script(peer)
  })
  defer(() => server.close())
  const client = log.events(await connect({ host: server.host, port: server.port }), events)
  go()
  return client
}

module.exports = { fakeSession }
