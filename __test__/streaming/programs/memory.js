'use strict'

// Moves much and prints how far the memory of this process grew meanwhile.

const { Readable, Writable } = require('node:stream')
const { pipeline } = require('node:stream/promises')
const { Client, Pool } = require('../../..')

const config = JSON.parse(process.env.OXPG_TEST_SERVER)
const LINE = 'x'.repeat(99)
const sink = () => new Writable({ write: (chunk, encoding, callback) => setImmediate(callback) })

const scenarios = {
  async copyTo(client, megabytes) {
    const source = client.copyTo(
      `COPY (SELECT '${LINE}' FROM generate_series(1, ${megabytes * 10000})) TO STDOUT`
    )
    await pipeline(source, sink())
    return { moved: source.bytes }
  },

  async copyFrom(client, megabytes) {
    await client.query('CREATE TEMP TABLE IF NOT EXISTS taken (line text)')
    const lines = Buffer.from(`${LINE}\n`.repeat(1000))
    const source = function* () {
      for (let i = 0; i < megabytes * 10; i++) yield lines
    }
    const target = client.copyFrom('COPY taken FROM STDIN WHERE false')
    await pipeline(Readable.from(source()), target)
    return { moved: target.bytes }
  },

  async stream(client, megabytes) {
    const pool = new Pool({ ...config, max: 1 })
    let moved = 0
    const rows = (megabytes * 1e6) / 66
    for await (const row of pool.stream('SELECT i, $1::text AS t FROM generate_series(1, $2::int) i', [
      LINE,
      rows,
    ]))
      moved += row.t === LINE ? 1 : 0
    await pool.end()
    return { moved }
  },

  async field(client, megabytes) {
    const config = {
      text: `SELECT repeat(repeat('x', 1000000), ${Math.ceil(megabytes * 4)})`,
      maxFieldBytes: 1e5,
    }
    return both(client, config)
  },

  async result(client, megabytes) {
    const text = `SELECT repeat('x', 1000) FROM generate_series(1, ${megabytes * 4000})`
    return both(client, { text, maxResultBytes: 1e6 })
  },
}

async function both(client, query) {
  const pool = new Pool({ ...config, max: 1 })
  const codes = []
  for (const owner of [client, pool]) {
    await owner.query(query).catch(({ code }) => codes.push(code))
    await owner.query('SELECT 1')
  }
  await pool.end()
  return { codes }
}

async function main() {
  const scenario = scenarios[process.argv[2]]
  const client = new Client(config)
  await client.connect()
  // What is made once, such as compiled code, is made here.
  await scenario(client, 6.6)
  for (let i = 0; i < 3; i++) globalThis.gc()
  const before = process.memoryUsage().rss
  let peak = before
  // What is held counts, not what V8 has not swept yet.
  const watch = setInterval(() => {
    globalThis.gc()
    peak = Math.max(peak, process.memoryUsage().rss)
  }, 10)
  const result = await scenario(client, 66)
  clearInterval(watch)
  peak = Math.max(peak, process.memoryUsage().rss)
  await client.end()
  console.log(JSON.stringify({ ...result, grown: peak - before }))
}

main()
