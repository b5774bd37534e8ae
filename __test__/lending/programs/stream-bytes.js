'use strict'

// Streams 64 MB in one direction and says by how much memory grew. Run with --expose-gc; arguments: config, direction.

require('./use-oxpg')

const { Readable, Writable } = require('node:stream')
const { pipeline } = require('node:stream/promises')
const { Client } = require('pg')
const { from, to } = require('pg-copy-streams')
const QueryStream = require('pg-query-stream')

const [config, direction] = [JSON.parse(process.argv[2]), process.argv[3]]
const LINE = `${'x'.repeat(1023)}\n`
const LINES = 64 * 1024
const CHUNK = Buffer.from(LINE.repeat(64))

let bytes = 0
let largest = 0
let start

const memory = () => {
  const { rss, external } = process.memoryUsage()
  return { rss, external }
}

function look() {
  global.gc()
  const now = memory()
  largest = Math.max(largest, now.rss - start.rss, now.external - start.external)
}

/** Takes its time with every chunk, and now and then looks how much memory there is. */
const slowSink = (sizeOf) => {
  let next = 0
  return new Writable({
    objectMode: true,
    highWaterMark: 16,
    write(item, encoding, done) {
      bytes += sizeOf(item)
      if (bytes >= next) {
        look()
        next += 2 << 20
      }
      setImmediate(done)
    },
  })
}

const source = function* () {
  for (let line = 0; line < LINES; line += 64) {
    bytes += CHUNK.length
    if (line % 8192 === 0) look()
    yield CHUNK
  }
}

const RUNS = {
  async out(client) {
    const text = `COPY (SELECT repeat('x', 1023) FROM generate_series(1, ${LINES})) TO STDOUT`
    await pipeline(
      client.query(to(text)),
      slowSink((chunk) => chunk.length)
    )
  },
  async in(client) {
    await client.query('CREATE TEMP TABLE lent (t text)')
    await pipeline(Readable.from(source()), client.query(from('COPY lent FROM STDIN')))
  },
  async rows(client) {
    const text = `SELECT repeat('x', 1024) AS t FROM generate_series(1, ${LINES})`
    await pipeline(
      client.query(new QueryStream(text)),
      slowSink((row) => row.t.length)
    )
  },
}

async function main() {
  const client = new Client(config)
  await client.connect()
  await client.query('SELECT 1')
  global.gc()
  start = memory()
  await RUNS[direction](client)
  look()
  await client.end()
  console.log(JSON.stringify({ bytes, largest }))
}

main()
