'use strict'

// Cursors and COPY against pg with pg-cursor, pg-query-stream and pg-copy-streams:
// `node benches/peers/streaming.js [rounds] [workload]`.
// Every figure comes from a process of its own, the two sides take turns, and medians are printed.

const { spawnSync } = require('node:child_process')
const { Readable, Writable } = require('node:stream')
const { pipeline } = require('node:stream/promises')
const { performance } = require('node:perf_hooks')
const { startServer, withTables } = require('./server')
const { SCHEMA, TABLES } = require('./tables')

const MIXED = `select * from ${SCHEMA}.mixed`
const COPY_OUT = `copy ${SCHEMA}.mixed to stdout`
const COPY_IN = 'copy taken from stdin'
const LINE = `${'x'.repeat(99)}\n`
const CHUNKS = 1000
const CHUNK = Buffer.from(LINE.repeat(640))

const sink = () => new Writable({ write: (chunk, encoding, callback) => callback() })
const chunks = (chunk, count) => Readable.from(Array.from({ length: count }, () => chunk))

async function countRows(iterable) {
  let rows = 0
  for await (const row of iterable) if (row.id > 0) rows++
  if (rows !== TABLES.mixed.rows) throw new Error(`${rows} rows came`)
}

async function readPages(read, size) {
  let rows = 0
  for (let page = await read(size); page.length > 0; page = await read(size)) rows += page.length
  if (rows !== TABLES.mixed.rows) throw new Error(`${rows} rows came`)
}

const workload = (title, oxpg, pg) => ({ title, oxpg, pg })

/** What each side does with a connected client. */
const WORKLOADS = {
  'cursor-100': workload(
    '100,000 rows in pages of 100',
    (client) => readPages(pagesOf(client.cursor(MIXED)), 100),
    (client) => readPages(pagesOf(client.query(new (require('pg-cursor'))(MIXED))), 100)
  ),
  'cursor-1000': workload(
    '100,000 rows in pages of 1000',
    (client) => readPages(pagesOf(client.cursor(MIXED)), 1000),
    (client) => readPages(pagesOf(client.query(new (require('pg-cursor'))(MIXED))), 1000)
  ),
  'row-loop': workload(
    '100,000 rows one by one, pages of 100 (pg: pg-query-stream)',
    (client) => countRows(client.cursor(MIXED)),
    (client) => countRows(client.query(new (require('pg-query-stream'))(MIXED, [], { batchSize: 100 })))
  ),
  'copy-out': workload(
    'COPY TO STDOUT of 100,000 rows',
    (client) => pipeline(client.copyTo(COPY_OUT), sink()),
    (client) => pipeline(client.query(require('pg-copy-streams').to(COPY_OUT)), sink())
  ),
  'copy-in': workload(
    'COPY FROM STDIN of 64 MB in chunks of 64 KB',
    (client) => pipeline(chunks(CHUNK, CHUNKS), client.copyFrom(COPY_IN)),
    (client) => pipeline(chunks(CHUNK, CHUNKS), client.query(require('pg-copy-streams').from(COPY_IN)))
  ),
  'copy-in-lines': workload(
    'COPY FROM STDIN of 100,000 lines of 100 bytes, one by one',
    (client) => pipeline(chunks(Buffer.from(LINE), 100_000), client.copyFrom(COPY_IN)),
    (client) =>
      pipeline(chunks(Buffer.from(LINE), 100_000), client.query(require('pg-copy-streams').from(COPY_IN)))
  ),
}

function pagesOf(cursor) {
  return (rows) => cursor.read(rows)
}

// In the child: once to warm up, then against the clock.
async function measure({ side, name, config }) {
  const { Client } = side === 'pg' ? require('pg') : require('../..')
  const client = new Client(config)
  await client.connect()
  // Unlogged and empty: what the server does with the rows is the same for both sides, and little.
  await client.query('create temporary table taken (line text)')
  const run = WORKLOADS[name][side]
  await run(client)
  const samples = []
  for (let i = 0; i < 3; i++) {
    await client.query('truncate taken')
    const cpu = process.cpuUsage()
    const idle = performance.eventLoopUtilization()
    const start = performance.now()
    await run(client)
    const millis = performance.now() - start
    const { user, system } = process.cpuUsage(cpu)
    const main = performance.eventLoopUtilization(idle).active
    samples.push({ millis, cpu: (user + system) / 1000, main })
  }
  await client.end()
  console.log(JSON.stringify(samples.sort((a, b) => a.millis - b.millis)[1]))
}

function sample(task) {
  const input = JSON.stringify(task)
  const child = spawnSync(process.execPath, [__filename, '--child'], { input, encoding: 'utf8' })
  if (child.status !== 0) throw new Error(`${task.name} by ${task.side} failed:\n${child.stderr}`)
  return JSON.parse(child.stdout)
}

const median = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1]

async function compare(rounds, only) {
  const server = await startServer()
  const { host, port, user, password, database } = server.config ?? server
  const config = { host, port, user, password, database }
  try {
    await withTables(config, ['mixed'], async () => {
      for (const [name, { title }] of Object.entries(WORKLOADS)) {
        if (only && name !== only) continue
        const sides = { oxpg: [], pg: [] }
        for (let round = 0; round < rounds; round++) {
          for (const side of ['oxpg', 'pg']) sides[side].push(sample({ side, name, config }))
        }
        console.log(`${name}: ${title}`)
        for (const [key, label] of Object.entries({ millis: 'time', cpu: 'CPU', main: 'main thread' })) {
          const [ours, theirs] = [sides.oxpg, sides.pg].map((samples) => median(samples.map((it) => it[key])))
          const ratio = (ours / theirs).toFixed(2)
          console.log(
            `  ${label.padEnd(12)}${ours.toFixed(0)} ms, pg ${theirs.toFixed(0)} ms: ${ratio} x pg's`
          )
        }
      }
    })
  } finally {
    await server.stop()
  }
}

async function main() {
  if (process.argv[2] !== '--child') return compare(Number(process.argv[2]) || 3, process.argv[3])
  return measure(JSON.parse(require('node:fs').readFileSync(0, 'utf8')))
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
