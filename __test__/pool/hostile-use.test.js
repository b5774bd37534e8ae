'use strict'

const { openPool, openClient, failureOf, sessionsOf } = require('../support/connections')
const { subject } = require('../support/drivers')
const { settles, until } = require('../support/until')

const counts = (pool) => [pool.totalCount, pool.idleCount, pool.waitingCount]

// A pool that is misused goes on serving its other callers.
async function expectHealthy(pool) {
  const answers = await settles(
    'two queries',
    Promise.all([pool.query('SELECT 1 AS n'), pool.query('SELECT 2 AS n')])
  )
  expect(answers.map(({ rows }) => rows[0].n)).toEqual([1, 2])
  expect(pool.waitingCount).toBe(0)
}

test.each([
  ['text', 'postgres://ann:secret@localhost/app'],
  ['a number', 5432],
  ['a boolean', true],
  ['a symbol', Symbol('options')],
])('options that are %s are a TypeError, which shows nothing of them', (_, options) => {
  let error
  try {
    new subject.Pool(options)
  } catch (thrown) {
    error = thrown
  }
  expect(error?.name).toBe('TypeError')
  expect(error.message).not.toContain('secret')
})

test.each([
  ['Infinity', Infinity, 10],
  ['more than there can be', 1e12, 10],
  ['a fraction', 2.5, 2],
  ['text', '2', 2],
  ['negative', -3, 1],
  ['not a number', 'many', 1],
])('a max that is %s is a number of connections', async (_, max, connections) => {
  const pool = openPool({ max })
  const callers = Array.from({ length: 10 }, () => pool.connect().then((client) => client.release()))
  expect(pool.totalCount).toBe(connections)
  await settles('all callers', Promise.all(callers))
})

test.each([
  [{ min: -1 }],
  [{ min: 'x' }],
  [{ idleTimeoutMillis: -5 }],
  [{ idleTimeoutMillis: NaN }],
  [{ idleTimeoutMillis: Infinity }],
  [{ connectionTimeoutMillis: -1 }],
  [{ connectionTimeoutMillis: 'soon' }],
  [{ connectionTimeoutMillis: Infinity }],
  [{ maxUses: -1 }],
  [{ maxUses: 1.5 }],
  [{ maxLifetimeSeconds: -1 }],
  [{ maxLifetimeSeconds: 1e300 }],
  [{ allowExitOnIdle: 'yes' }],
])('a limit that makes no sense does not keep a pool from its work: %p', async (options) => {
  const pool = openPool({ max: 2, ...options })
  await expectHealthy(pool)
})

test.each(['connect', 'query', 'end'])(
  'a callback of %s that is none is a TypeError at once',
  async (method) => {
    const pool = openPool({ max: 1 })
    const args = method === 'query' ? ['SELECT 1', [], 'no function'] : ['no function']
    expect(() => pool[method](...args)).toThrow('callback is not a function')
    expect(counts(pool)).toEqual([0, 0, 0])
    await expectHealthy(pool)
  }
)

test.each([
  ['null', null],
  ['a number', 5],
  ['an empty object', {}],
  ['values that are none', { text: 'SELECT 1', values: 5 }],
])('a query that is %s is refused, and costs nothing', async (_, query) => {
  const pool = openPool({ max: 1 })
  await failureOf(pool.query(query))
  pool.on('acquire', () => {})
  await failureOf(pool.query(query))
  await expectHealthy(pool)
})

test('a client that its borrower ended leaves the pool at its release', async () => {
  const pool = openPool({ max: 1 })
  const client = await pool.connect()
  const waiting = pool.query('SELECT 1 AS n')
  await client.end()
  client.release()
  expect((await waiting).rows).toEqual([{ n: 1 }])
  expect(await failureOf(client.query('SELECT 1'))).toMatchObject({
    message: expect.stringContaining('not queryable'),
  })
  await expectHealthy(pool)
})

test('a client that is ended while its query runs, and released within the callback, leaves the pool', async () => {
  const pool = openPool({ max: 1 })
  const client = await pool.connect()
  const failed = new Promise((resolve) =>
    client.query('SELECT pg_sleep(20)', (error) => {
      client.release()
      resolve(error)
    })
  )
  client.on('error', () => {})
  await until('the query runs', async () => (await sessionsOf(pool)).some(({ state }) => state === 'active'))
  client.end()
  expect(await failed).toMatchObject({ message: 'Connection terminated' })
  await expectHealthy(pool)
})

test('a client is released after the pool has ended around it', async () => {
  const pool = openPool({ max: 2 })
  const client = await pool.connect()
  const ended = pool.end()
  expect(await failureOf(pool.connect())).toMatchObject({
    message: 'Cannot use a pool after calling end on the pool',
  })
  client.release()
  await settles('end()', ended)
  expect(() => client.release()).toThrow('already been released')
  expect(await failureOf(pool.end())).toMatchObject({ message: 'Called end on pool more than once' })
  expect(counts(pool)).toEqual([0, 0, 0])
})

test('a client that a pool never lent is none of its business', async () => {
  const pool = openPool({ max: 1 })
  const client = await openClient()
  expect(client.release).toBeUndefined()
  pool._remove(client)
  await until('it has ended all the same', () => client._ended)
  await expectHealthy(pool)
})

test('pool.Client that was replaced by something else fails its checkouts, and them alone', async () => {
  const pool = openPool({ max: 1 })
  const { Client } = pool
  pool.Client = class Other {}
  expect(await failureOf(pool.connect())).toMatchObject({
    name: 'TypeError',
    message: expect.stringMatching('Client'),
  })
  expect(counts(pool)).toEqual([0, 0, 0])
  pool.Client = Client
  await expectHealthy(pool)
})
