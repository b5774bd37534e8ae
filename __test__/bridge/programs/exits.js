'use strict'

// A process that uses sessions over streams of its own, or by the options in its third argument, and ends in the way that
// its first argument says.
const net = require('node:net')
const { Worker, isMainThread } = require('node:worker_threads')
const { subject } = require('../../support/drivers')
const { sharedServer } = require('../../support/server')

const [way, seed] = [process.argv[2], Number(process.argv[3])]
const options = process.argv[4]
  ? JSON.parse(process.argv[4])
  : { ...sharedServer().config, stream: () => new net.Socket() }
const LONG = "SELECT n, repeat('x', 1000) FROM generate_series(1, 100000) n"

async function connected() {
  const client = new subject.Client(options)
  await client.connect()
  await client.query('SELECT 1')
  return client
}

const WAYS = {
  async 'client.end'() {
    await (await connected()).end()
  },
  async 'client.unref'() {
    const client = await connected()
    client.unref()
  },
  async 'pool.end'() {
    const pool = new subject.Pool({ ...options, idleTimeoutMillis: 0 })
    await Promise.all([1, 2, 3].map((n) => pool.query('SELECT $1::int4', [n])))
    await pool.end()
  },
  async allowExitOnIdle() {
    const pool = new subject.Pool({ ...options, allowExitOnIdle: true, idleTimeoutMillis: 0 })
    await Promise.all([1, 2, 3].map((n) => pool.query('SELECT $1::int4', [n])))
  },
  async 'failed connect'() {
    const pool = new subject.Pool({ ...options, password: 'wrong', connectionTimeoutMillis: 600_000 })
    await pool.query('SELECT 1').catch(() => {})
  },
  async 'idle timeout'() {
    await new subject.Pool({ ...options, idleTimeoutMillis: 50 }).query('SELECT 1')
  },
  // Nothing else holds the process: only one that is still there when the timer fires can exit with 3.
  async staying() {
    await connected()
    const late = () => {
      console.log('still here')
      process.exit(3)
    }
    setTimeout(late, 200).unref()
  },
  async 'process.exit'() {
    const client = await connected()
    client.query(LONG).catch(() => {})
    const moments = [(end) => end(), setImmediate, (end) => setTimeout(end, 10)]
    await new Promise((resolve) => moments[seed % moments.length](resolve))
    setImmediate(() => process.exit(0))
  },
  async worker() {
    const worker = new Worker(__filename, { argv: process.argv.slice(2) })
    await new Promise((resolve) => worker.once('message', resolve))
    await worker.terminate()
  },
}

async function inWorker() {
  const { parentPort } = require('node:worker_threads')
  const client = await connected()
  client.query(LONG).catch(() => {})
  client.query('SELECT pg_sleep(20)').catch(() => {})
  parentPort.postMessage('busy')
}

if (isMainThread) WAYS[way]().then(() => console.log('done'))
else inWorker()
