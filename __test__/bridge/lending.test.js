'use strict'

// The two together: JavaScript makes the socket, and JavaScript speaks the protocol over the session that runs on it.

const { pipeline } = require('node:stream/promises')
const { Readable } = require('node:stream')
const { extensions } = require('../lending/extensions')
const { openClient, openPool } = require('../support/connections')
const { SocketStream } = require('../support/socket-stream')

const { Cursor, QueryStream, copyFrom, copyTo } = extensions('ours')

const connect = () => openClient({ stream: new SocketStream() })
const one = async (client) => (await client.query('SELECT 1 AS one')).rows

test('a cursor reads page by page, and the session serves queries again', async () => {
  const client = await connect()
  const cursor = client.query(new Cursor('SELECT n FROM generate_series(1, 5) n'))
  const pages = [await cursor.read(2), await cursor.read(2), await cursor.read(2)]
  expect(pages.map((page) => page.length)).toEqual([2, 2, 1])
  await cursor.close()
  expect(await one(client)).toEqual([{ one: 1 }])
})

test('a query stream in a pool', async () => {
  const pool = openPool({ max: 1, stream: () => new SocketStream() })
  const client = await pool.connect()
  let sum = 0
  for await (const { n } of client.query(new QueryStream('SELECT n FROM generate_series(1, 1000) n')))
    sum += n
  expect(sum).toBe(500_500)
  client.release()
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})

test('COPY passes megabytes both ways', async () => {
  const client = await connect()
  await client.query('CREATE TEMP TABLE copied (line text)')
  const line = 'x'.repeat(1000) + '\n'
  const lines = function* () {
    for (let n = 0; n < 10; n++) yield line.repeat(500)
  }
  await pipeline(
    Readable.from(lines(), { objectMode: false }),
    client.query(copyFrom('COPY copied FROM STDIN'))
  )
  expect((await client.query('SELECT count(*)::int AS n FROM copied')).rows).toEqual([{ n: 5000 }])
  let length = 0
  for await (const chunk of client.query(copyTo('COPY copied TO STDOUT'))) length += chunk.length
  expect(length).toBe(5000 * line.length)
  expect(await one(client)).toEqual([{ one: 1 }])
})
