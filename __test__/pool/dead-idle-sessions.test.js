'use strict'

const { openPool, after, terminate } = require('../support/connections')
const { startPostgres } = require('../support/postgres')
const { startProxy } = require('../support/proxy')
const { sharedServer } = require('../support/server')
const { until } = require('../support/until')

test('a session that the server ended leaves the pool by itself', async () => {
  const pool = openPool({ max: 3 })
  pool.on('error', () => {})
  const clients = await Promise.all([pool.connect(), pool.connect(), pool.connect()])
  for (const client of clients) client.release()
  await terminate(clients[1].processID)
  await until('it has left', () => pool.totalCount === 2)
  const next = await Promise.all([pool.connect(), pool.connect()])
  expect(next.map((client) => client.processID).sort()).toEqual(
    [clients[0].processID, clients[2].processID].sort()
  )
  for (const client of next) client.release()
})

test('sessions whose sockets close without a word leave the pool by themselves', async () => {
  const proxy = await startProxy(sharedServer())
  after(() => proxy.close())
  const pool = openPool(proxy.config)
  const errors = []
  pool.on('error', (error) => errors.push(error))
  const clients = await Promise.all([pool.connect(), pool.connect()])
  for (const client of clients) client.release()
  proxy.drop()
  await until('both have left', () => pool.totalCount === 0)
  await until('both errors are heard', () => errors.length === 2)
  expect(errors[0].message).toBe('Connection terminated unexpectedly')
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})

test('the pool works on after its server was restarted', async () => {
  const server = await startPostgres()
  after(() => server.stop())
  const pool = openPool(server.config)
  pool.on('error', () => {})
  const clients = await Promise.all([pool.connect(), pool.connect(), pool.connect()])
  for (const client of clients) client.release()
  await server.restart()
  await until('all dead sessions have left', () => pool.totalCount === 0)
  const results = await Promise.all([1, 2, 3, 4].map((n) => pool.query('SELECT $1::int4 AS n', [n])))
  expect(results.map((result) => result.rows[0].n)).toEqual([1, 2, 3, 4])
})
