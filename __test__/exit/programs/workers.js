'use strict'

// Starts worker threads that each load the driver, query, and end: by themselves, or terminated in the middle of it.
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads')
const { subject } = require('../../support/drivers')
const { sharedServer } = require('../../support/server')

const queries = (pool, index) =>
  Promise.all([1, 2, 3].map((n) => pool.query('SELECT $1::int4 AS n', [n * index])))

async function work({ index, way }) {
  const pool = new subject.Pool({ ...sharedServer().config, max: 2 })
  pool.on('error', () => {})
  const results = await queries(pool, index)
  const sum = results.reduce((total, result) => total + result.rows[0].n, 0)
  if (way === 'terminated' || way === 'exit') {
    pool.query('SELECT pg_sleep(5)').catch(() => {})
    pool.query('SELECT n, repeat(chr(65), 50) FROM generate_series(1, 100000) n').catch(() => {})
  } else {
    await pool.end()
  }
  parentPort.postMessage(sum)
  if (way === 'exit') setImmediate(() => process.exit(0))
}

const WAYS = ['natural', 'terminated', 'exit']

function runWorker(index) {
  const way = WAYS[index % WAYS.length]
  return new Promise((resolve, reject) => {
    const worker = new Worker(__filename, { workerData: { index, way } })
    let sum
    worker.once('error', reject)
    worker.once('message', (value) => {
      sum = value
      if (way === 'terminated') worker.terminate()
    })
    worker.once('exit', () =>
      sum === 6 * index ? resolve() : reject(new Error(`worker ${index} gave ${sum}`))
    )
  })
}

async function main(count, width) {
  // The main thread's own pool must not notice what happens to the workers'.
  const pool = new subject.Pool({ ...sharedServer().config, max: 2 })
  let next = 0
  const lane = async () => {
    while (next < count) {
      const index = next++
      await runWorker(index)
      await queries(pool, index)
    }
  }
  await Promise.all(Array.from({ length: width }, lane))
  await pool.end()
  console.log(`${count} workers done`)
}

if (isMainThread) main(Number(process.argv[2]), Number(process.argv[3]))
else work(workerData)
