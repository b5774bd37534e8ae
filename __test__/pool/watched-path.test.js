'use strict'

const PgPool = require('pg-pool')
const { openPool } = require('../support/connections')
const { subject } = require('../support/drivers')

// pool.query() may take a short cut while nobody watches. Whoever patches or listens, as tracing tools do, sees all of it.
function patch(prototype, method, replacement) {
  const original = prototype[method]
  prototype[method] = replacement(original)
  return () => (prototype[method] = original)
}

test.each([
  ['Client.prototype.query', () => subject.Client.prototype, 'query'],
  ['Client.prototype.connect', () => subject.Client.prototype, 'connect'],
  ['Pool.prototype.connect', () => Object.getPrototypeOf(subject.Pool.prototype), 'connect'],
  ['connect of pg-pool', () => PgPool.prototype, 'connect'],
  ['query of pg-pool', () => PgPool.prototype, 'query'],
  ['Query.prototype.submit', () => subject.Query.prototype, 'submit'],
  ['Query.prototype.handleReadyForQuery', () => subject.Query.prototype, 'handleReadyForQuery'],
])('a patched %s is called by pool.query()', async (_, prototypeOf, method) => {
  const calls = []
  const record = (original) =>
    function patched(...args) {
      calls.push(this)
      return original.apply(this, args)
    }
  const restore = patch(prototypeOf(), method, record)
  try {
    const pool = openPool()
    expect((await pool.query('SELECT $1::int4 AS n', [7])).rows).toEqual([{ n: 7 }])
  } finally {
    restore()
  }
  expect(calls).toHaveLength(1)
})

test('a patched Query.prototype.handleError is called by a pool.query() that fails', async () => {
  const pool = openPool()
  const codes = []
  const record = (original) =>
    function patched(error, ...rest) {
      codes.push(error.code)
      return original.call(this, error, ...rest)
    }
  const restore = patch(subject.Query.prototype, 'handleError', record)
  try {
    await expect(pool.query('SELECT 1/0')).rejects.toThrow('division by zero')
  } finally {
    restore()
  }
  expect(codes).toEqual(['22012'])
})

test('a patched end of pg-pool is called, and the pool ends', async () => {
  const pool = openPool()
  await pool.query('SELECT 1')
  const ends = []
  const record = (original) =>
    function patched(...args) {
      ends.push(this)
      return original.apply(this, args)
    }
  const restore = patch(PgPool.prototype, 'end', record)
  try {
    await pool.end()
  } finally {
    restore()
  }
  expect(ends).toEqual([pool])
  expect([pool.ended, pool.totalCount]).toEqual([true, 0])
})

test('a patched query of pg-pool gets results and errors to its callers', async () => {
  const pool = openPool({ max: 1 })
  const record = (original) =>
    function patched(...args) {
      return original.apply(this, args)
    }
  const restore = patch(PgPool.prototype, 'query', record)
  try {
    const answers = [1, 2, 3].map((n) => pool.query('SELECT $1::int4 AS n', [n]))
    expect((await Promise.all(answers)).map(({ rows }) => rows[0].n)).toEqual([1, 2, 3])
    await expect(pool.query('SELECT 1/0')).rejects.toThrow('division by zero')
    const called = await new Promise((resolve) => pool.query('SELECT 4 AS n', (...args) => resolve(args)))
    expect(called[1].rows).toEqual([{ n: 4 }])
  } finally {
    restore()
  }
})

test('a patch is seen by a pool that has already run queries without it', async () => {
  const pool = openPool()
  await pool.query('SELECT 1')
  const texts = []
  const record = (original) =>
    function patched(...args) {
      texts.push(args[0])
      return original.apply(this, args)
    }
  const restore = patch(subject.Client.prototype, 'query', record)
  try {
    await pool.query('SELECT 2 AS two')
  } finally {
    restore()
  }
  await pool.query('SELECT 3')
  expect(texts).toEqual(['SELECT 2 AS two'])
})

test('a query method replaced on one client is called when pool.query() uses that client', async () => {
  const pool = openPool({ max: 1 })
  const client = await pool.connect()
  const texts = []
  const original = client.query
  client.query = function patched(...args) {
    texts.push(args[0])
    return original.apply(this, args)
  }
  client.release()
  await pool.query('SELECT 4')
  expect(texts).toEqual(['SELECT 4'])
})

test('listeners hear the checkout and the release of pool.query()', async () => {
  const pool = openPool({ max: 1 })
  const events = []
  for (const name of ['connect', 'acquire', 'release', 'remove']) pool.on(name, () => events.push(name))
  await pool.query('SELECT 1')
  await pool.query('SELECT 2')
  expect(events).toEqual(['connect', 'acquire', 'release', 'acquire', 'release'])
})

test('listeners that come later hear what happens from then on', async () => {
  const pool = openPool({ max: 1 })
  await pool.query('SELECT 1')
  const events = []
  for (const name of ['connect', 'acquire', 'release']) pool.on(name, () => events.push(name))
  await pool.query('SELECT 2')
  expect(events).toEqual(['acquire', 'release'])
})

const QUERIES = [
  ['SELECT 1 AS one'],
  ['SELECT $1::text AS text, $2::jsonb AS doc', ['x', { a: [1] }]],
  [{ text: 'SELECT $1::int4 AS n', values: [3], name: 'named' }],
  [{ text: 'SELECT 1 AS a, 2 AS a', rowMode: 'array' }],
  [{ text: 'SELECT 1 AS n', types: { getTypeParser: () => (text) => `parsed ${text}` } }],
  ['SELECT 1 AS a; SELECT 2 AS b'],
  [''],
  ['SELECT 1/0'],
  ['SELECT $1::int4', ['no number']],
  [undefined],
  [{}],
]

test.each(QUERIES.map((args) => [JSON.stringify(args), args]))(
  'with and without a watcher the outcome is the same: %s',
  async (_, args) => {
    const [quiet, watched] = [openPool(), openPool()]
    watched.on('acquire', () => {})
    const outcome = async (pool) => {
      try {
        return { result: plain(await pool.query(...args)) }
      } catch (error) {
        return { name: error.name, message: error.message, code: error.code, fields: Object.keys(error) }
      }
    }
    expect(await outcome(quiet)).toEqual(await outcome(watched))
  }
)

function plain(result) {
  if (Array.isArray(result)) return result.map(plain)
  const { command, rowCount, oid, rows, fields } = result
  return { command, rowCount, oid, rows, fields: fields.map((field) => ({ ...field })) }
}
