'use strict'

// Test suites of apps fake the clock, and with it process.nextTick, setImmediate and queueMicrotask, while they talk to a
// database. pg hears its sockets through Node's insides, which nobody fakes.

const { sharedServer } = require('../support/server')

afterEach(() => jest.useRealTimers())

async function useEverything({ Client, Pool }) {
  const fakes = []
  process.nextTick(() => fakes.push('nextTick'))
  setImmediate(() => fakes.push('setImmediate'))
  queueMicrotask(() => fakes.push('queueMicrotask'))

  const pool = new Pool({ ...sharedServer().config, max: 2 })
  expect((await pool.query('select $1::int as one', [1])).rows).toEqual([{ one: 1 }])
  expect((await pool.query('select 2 as two')).rows).toEqual([{ two: 2 }])
  await expect(pool.query('select 1/0')).rejects.toMatchObject({ code: '22012' })
  await expect(pool.query({ text: 'select 3', values: 3 })).rejects.toThrow('Query values must be an array')
  const client = await pool.connect()
  await client.query('begin')
  await client.query('commit')
  const rows = []
  for await (const row of client.cursor('select n from generate_series(1, 3) n')) rows.push(row.n)
  expect(rows).toEqual([1, 2, 3])
  client.release()
  await pool.end()

  const single = new Client(sharedServer().config)
  await single.connect()
  const called = new Promise((resolve) => single.query('select 4 as four', (_, result) => resolve(result)))
  expect((await called).rows).toEqual([{ four: 4 }])
  await expect(single.query('select 1/0')).rejects.toMatchObject({ code: '22012' })
  await single.end()

  expect(fakes).toEqual([])
}

test('queries, cursors, errors and ends need no clock that the app has faked', async () => {
  const driver = require('../..')
  jest.useFakeTimers()
  await useEverything(driver)
})

test('a driver that is loaded while the clock is faked works as well', async () => {
  jest.useFakeTimers()
  jest.resetModules()
  await useEverything(require('../..'))
})
