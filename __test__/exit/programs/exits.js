'use strict'

// A process that ends with queries in flight, in the way that its first argument says. The second varies when.
const { subject } = require('../../support/drivers')
const { sharedServer } = require('../../support/server')

const [way, seed] = [process.argv[2], Number(process.argv[3])]
const pool = new subject.Pool({ ...sharedServer().config, max: 4 })
pool.on('error', () => {})

const TEXTS = [
  'SELECT pg_sleep(5)',
  'SELECT n, repeat(chr(65), 50) AS text FROM generate_series(1, 20000) n',
  'SELECT 1 AS one',
  "SELECT repeat('x', 3000000) AS text",
]
const fly = (texts) => texts.map((text) => pool.query(text).catch(() => {}))

// At different moments: before connecting, while connecting, while rows stream in, or when everything is busy.
const MOMENTS = [
  (end) => end(),
  (end) => setImmediate(end),
  (end) => pool.once('connect', end),
  (end) => pool.query('SELECT 1').then(end, end),
  (end) => pool.query(TEXTS[1]).then(end, end),
]

const ENDINGS = {
  exit: () => process.exit(0),
  exitCode: () => process.exit(7),
  throw: () => {
    throw new Error('on purpose')
  },
  // The queries are short and the pool ends after them; nothing tells the process to leave.
  natural: () => pool.end(),
}

fly(way === 'natural' ? TEXTS.slice(1) : TEXTS)
MOMENTS[seed % MOMENTS.length](() => {
  const end = ENDINGS[way]
  if (way !== 'natural') fly(TEXTS)
  // Out of any promise or callback of the driver, so that an exception is an uncaught one.
  if (seed % 2) return setImmediate(end)
  queueMicrotask(end)
})
