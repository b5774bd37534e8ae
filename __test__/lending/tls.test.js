'use strict'

// The lent bytes are plain, whatever the socket carries.

const { Readable } = require('node:stream')
const { pipeline } = require('node:stream/promises')
const { parity } = require('../parity/harness')
const { createAuthority } = require('../support/certificates')
const { startPostgres } = require('../support/postgres')
const { extensions } = require('./extensions')

const authority = createAuthority()
let server
beforeAll(async () => {
  server = await startPostgres({ tls: authority.issue({ type: 'rsa' }) })
})
afterAll(() => server?.stop())

parity('SUB: a cursor and COPY in both directions over TLS', async (context) => {
  const { Cursor, copyFrom, copyTo } = extensions(context.side)
  const client = await context.connect({ ...server.config, ssl: { ca: authority.cert } })
  context.log('encrypted', client.connection.stream.encrypted)
  const cursor = client.query(new Cursor('SELECT generate_series(1, 9) AS n'))
  context.log('rows', await cursor.read(3))
  await cursor.close()
  await client.query('CREATE TEMP TABLE lent (t text)')
  const lines = Array(2000).fill(`${'x'.repeat(1000)}\n`)
  await pipeline(Readable.from(lines), client.query(copyFrom('COPY lent FROM STDIN')))
  let length = 0
  for await (const chunk of client.query(copyTo('COPY lent TO STDOUT'))) length += chunk.length
  return [length, (await client.query('SELECT count(*) FROM lent')).rows]
})
