'use strict'

const { openPool, terminate } = require('../support/connections')
const { nextEvent, until } = require('../support/until')

test("an idle client's error reaches pool.on('error') when the server kills its session", async () => {
  const pool = openPool()
  const client = await pool.connect()
  const { processID } = client
  client.release()
  const heard = nextEvent(pool, 'error')
  await terminate(processID)
  const [error, from] = await heard
  expect(error).toMatchObject({ code: '57P01', severity: 'FATAL' })
  expect(error.client).toBe(client)
  expect(from).toBe(client)
  await until('the dead client has left the pool', () => pool.totalCount === 0)
})

test('the pool serves the next query on a new session', async () => {
  const pool = openPool({ max: 1 })
  const client = await pool.connect()
  const { processID } = client
  client.release()
  const heard = nextEvent(pool, 'error')
  await terminate(processID)
  await heard
  const { rows } = await pool.query('SELECT pg_backend_pid() AS pid')
  expect(rows[0].pid).not.toBe(processID)
})

test('one dead session gives one pool error', async () => {
  const pool = openPool()
  const errors = []
  pool.on('error', (error) => errors.push(error.message))
  const [first, second] = await Promise.all([pool.connect(), pool.connect()])
  const pids = [first.processID, second.processID]
  first.release()
  second.release()
  for (const pid of pids) await terminate(pid)
  await until('both have left the pool', () => pool.totalCount === 0)
  await pool.query('SELECT 1')
  expect(errors).toHaveLength(2)
})
