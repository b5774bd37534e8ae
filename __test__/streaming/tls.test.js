'use strict'

const { Readable } = require('node:stream')
const { pipeline } = require('node:stream/promises')
const { openClient } = require('../support/connections')
const { createAuthority } = require('../support/certificates')
const { onlyOxpg } = require('../support/drivers')
const { startPostgres } = require('../support/postgres')

const { cert, key, ca } = createAuthority().issue()
let server
beforeAll(async () => {
  server = await startPostgres({
    tls: { cert, key },
    hba: ['local all all trust', 'hostssl all all all scram-sha-256'],
  })
})
afterAll(() => server.stop())

// Encrypted bytes are written by the session's task alone, never from Node's thread.
onlyOxpg('cursors and COPY work over TLS', async () => {
  const client = await openClient({ ...server.config, ssl: { ca, rejectUnauthorized: false } })
  await client.query('CREATE TEMP TABLE t (line text)')
  const line = `${'x'.repeat(99)}\n`
  const target = client.copyFrom('COPY t FROM STDIN')
  await pipeline(Readable.from([line, line.repeat(50000), line]), target)
  expect(target.rowCount).toBe(50002)
  let bytes = 0
  for await (const buffer of client.copyTo('COPY t TO STDOUT')) bytes += buffer.length
  expect(bytes).toBe(5000200)
  let rows = 0
  for await (const row of client.cursor('SELECT line FROM t', { batchSize: 1000 }))
    rows += row.line.length === 99 ? 1 : 0
  expect(rows).toBe(50002)
  for await (const row of client.cursor('SELECT line FROM t')) if (row) break
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})
