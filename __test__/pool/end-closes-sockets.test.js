'use strict'

const { openPool, after } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')
const { startProxy } = require('../support/proxy')
const { sharedServer } = require('../support/server')
const { until } = require('../support/until')

// pg resolves when the clients have left the counts, which may be before their sockets close (PL-15).
onlyOxpg('end() resolves when all sockets are closed', async () => {
  const proxy = await startProxy(sharedServer())
  after(() => proxy.close())
  const pool = openPool(proxy.config)
  const clients = await Promise.all([pool.connect(), pool.connect(), pool.connect()])
  for (const client of clients) client.release()
  expect(proxy.open).toBe(3)
  const removed = []
  pool.on('remove', (client) => removed.push(client))
  await pool.end()
  expect(new Set(removed)).toEqual(new Set(clients))
  await until('the other side has seen it too', () => proxy.open === 0)
})

test('end() leaves no session on the server', async () => {
  const proxy = await startProxy(sharedServer())
  after(() => proxy.close())
  const pool = openPool(proxy.config)
  await Promise.all([1, 2, 3].map(() => pool.query('SELECT 1')))
  await pool.end()
  await until('the sockets are closed', () => proxy.open === 0)
  expect(pool.totalCount).toBe(0)
})
