'use strict'

const { openPool, after, failureOf } = require('../support/connections')
const { startFakeServer, messages } = require('../support/fake-server')
const { startProxy } = require('../support/proxy')
const { sharedServer } = require('../support/server')
const { until } = require('../support/until')

test('100 refused connections leave every slot free', async () => {
  const proxy = await startProxy(sharedServer())
  after(() => proxy.close())
  const pool = openPool({ ...proxy.config, max: 2 })
  await proxy.refuse()
  const errors = await Promise.all(Array.from({ length: 100 }, () => failureOf(pool.connect())))
  expect(new Set(errors.map((error) => error.code))).toEqual(new Set(['ECONNREFUSED']))
  expect([pool.totalCount, pool.idleCount, pool.waitingCount]).toEqual([0, 0, 0])
  await proxy.restore()
  const clients = await Promise.all([pool.connect(), pool.connect()])
  for (const client of clients) client.release()
})

test('100 connections that a server turns away leave every slot free and no socket open', async () => {
  const server = await startFakeServer(async (peer) => {
    await peer.startup()
    peer.end(messages.errorResponse({ S: 'FATAL', C: '53300', M: 'sorry, too many clients already' }))
  })
  after(() => server.close())
  const pool = openPool({ ...server.config, max: 2 })
  const errors = await Promise.all(Array.from({ length: 100 }, () => failureOf(pool.query('SELECT 1'))))
  expect(new Set(errors.map((error) => error.code))).toEqual(new Set(['53300']))
  expect([pool.totalCount, pool.idleCount, pool.waitingCount]).toEqual([0, 0, 0])
  await until('all sockets are closed', () => server.open === 0)
  expect(server.accepted).toBe(100)
})

test('100 connections that time out leave every slot free and no socket open', async () => {
  const proxy = await startProxy(sharedServer())
  after(() => proxy.close())
  const pool = openPool({ ...proxy.config, max: 2, connectionTimeoutMillis: 30 })
  proxy.mute()
  await Promise.all(Array.from({ length: 100 }, () => failureOf(pool.connect())))
  await until('every slot is free', () => pool.totalCount === 0)
  expect([pool.idleCount, pool.waitingCount]).toEqual([0, 0])
  await until('all sockets are closed', () => proxy.open === 0)
  await proxy.restore()
  const patient = openPool({ ...proxy.config, max: 2 })
  expect((await patient.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})
