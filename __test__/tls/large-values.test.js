'use strict'

const { createAuthority } = require('../support/certificates')
const { openClient } = require('../support/connections')
const { startPostgres } = require('../support/postgres')

const authority = createAuthority()
const ca = authority.cert
const KINDS = {
  'a socket of ours': { ca },
  'a socket of Node': { ca, checkServerIdentity: () => undefined },
}
const kinds = Object.keys(KINDS)
const MB = 1024 * 1024
let server

beforeAll(async () => {
  server = await startPostgres({ tls: authority.issue() })
})
afterAll(() => server.stop())

const connect = (kind) => openClient({ ...server.config, ssl: KINDS[kind] })

test.each(kinds)('50 MB of rows arrive whole and in order, over %s', async (kind) => {
  const client = await connect(kind)
  const text = "SELECT n, rpad(n::text, 1024, 'x') AS x FROM generate_series(1, 51200) n"
  const { rows } = await client.query(text)
  expect(rows).toHaveLength(51_200)
  expect(rows.every(({ n, x }, i) => n === i + 1 && x.length === 1024 && parseInt(x, 10) === n)).toBe(true)
})

// Other characters in every block: a block that is lost, doubled or out of order shows.
test.each(kinds)('a parameter and a value of 50 MB pass whole, over %s', async (kind) => {
  const client = await connect(kind)
  const bytes = Buffer.alloc(25 * MB)
  for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32BE(at, at)
  const text = bytes.toString('hex')
  const { rows } = await client.query('SELECT $1::text AS text', [text])
  expect(rows[0].text === text).toBe(true)
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})

// Both directions at once: whoever only writes until it is done, and then reads, waits for ever.
test.each(kinds)('parameters and results of a pipeline pass each other, over %s', async (kind) => {
  const client = await openClient({ ...server.config, ssl: KINDS[kind], pipeline: true })
  const text = 'ü'.repeat(2 * MB)
  const queries = Array.from({ length: 6 }, (_, i) =>
    client.query('SELECT $1::text AS text, $2::int AS i', [text, i])
  )
  for (const [i, { rows }] of (await Promise.all(queries)).entries()) {
    expect(rows[0].i).toBe(i)
    expect(rows[0].text === text).toBe(true)
  }
})
