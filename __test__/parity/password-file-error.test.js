'use strict'

// the reader of the password file fails, which a real file can not make it do.

const fs = require('node:fs')
const { deviation } = require('./harness')
const { startFakeServer, messages } = require('../support/fake-server')

deviation(
  'DV-30: a reader of the password file that throws',
  async ({ pg, config, defer, eventOf }) => {
    const server = await startFakeServer(async (peer) => {
      await peer.startup()
      peer.send(messages.authenticationCleartextPassword())
      await peer.gone()
    })
    defer(() => server.close())
    const { PGPASSWORD: kept } = process.env
    delete process.env.PGPASSWORD
    const stat = jest.spyOn(fs, 'stat').mockImplementation(() => {
      throw new RangeError('of the reader')
    })
    try {
      const client = new pg.Client({ user: config.user, host: server.host, port: server.port })
      defer(() => client.end())
      return await Promise.race([
        eventOf(client, 'error').then(([error]) => ['an error event', error.message]),
        client.connect().catch((error) => ['connect() rejects', error.message]),
      ])
    } finally {
      stat.mockRestore()
      if (kept !== undefined) process.env.PGPASSWORD = kept
    }
  },
  { theirs: ['an error event', 'of the reader'], ours: ['connect() rejects', 'of the reader'] }
)
