'use strict'

const { openClient, openPool, newClient, failureOf } = require('../support/connections')
const { testUnless } = require('../support/obstacle')
const { sharedServer } = require('../support/server')

const { socketDir, port, user, database } = sharedServer()
// In CI the server is the embedded one, which has a socket directory everywhere but on Windows.
const withSocket = testUnless(
  !socketDir && (!process.env.CI || process.platform === 'win32') && 'the server has no socket directory'
)

withSocket('a host that begins with a slash is the directory of a unix socket', async () => {
  const client = await openClient({ host: socketDir })
  const { rows } = await client.query('SELECT inet_client_addr() AS address')
  expect(rows).toEqual([{ address: null }])
})

withSocket('a pool works over a unix socket', async () => {
  const pool = openPool({ host: socketDir, max: 2 })
  const results = await Promise.all([1, 2, 3].map((n) => pool.query('SELECT $1::int4 AS n', [n])))
  expect(results.map((result) => result.rows[0].n)).toEqual([1, 2, 3])
})

withSocket('a URL can name the socket', async () => {
  const path = encodeURIComponent(socketDir)
  const client = newClient({ connectionString: `postgres://${user}@${path}:${port}/${database}` })
  await client.connect()
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})

withSocket('a socket that is not there rejects with ENOENT', async () => {
  const client = newClient({ host: socketDir, port: 1 })
  expect(await failureOf(client.connect())).toMatchObject({ code: 'ENOENT', syscall: 'connect' })
})
