'use strict'

const { openPool, after, failureOf } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')
const { startProxy } = require('../support/proxy')
const { sharedServer } = require('../support/server')
const { until } = require('../support/until')

// pg starts the clock again when the waiter's own connection attempt begins (TO-5).
onlyOxpg('one deadline covers the wait in the queue and the connect after it', async () => {
  const proxy = await startProxy(sharedServer())
  after(() => proxy.close())
  const pool = openPool({ ...proxy.config, max: 1, connectionTimeoutMillis: 1_000 })
  const holder = await pool.connect()
  proxy.mute()
  const order = []
  const waiter = failureOf(pool.connect()).then((error) => {
    order.push('waiter')
    return error
  })
  // Half of the waiter's time goes in the queue: another pool's checkout, given half the time, is the clock.
  const clock = openPool({ ...proxy.config, connectionTimeoutMillis: 500 })
  await failureOf(clock.connect())
  // From here a new checkout has all of its time before it, the waiter only the rest of its own.
  const accepted = proxy.accepted
  const late = openPool({ ...proxy.config, connectionTimeoutMillis: 1_000 })
  const latecomer = failureOf(late.connect()).then(() => order.push('latecomer'))
  holder.release(true)
  await until('both are connecting', () => proxy.accepted === accepted + 2)
  const error = await waiter
  await latecomer
  expect(order).toEqual(['waiter', 'latecomer'])
  expect(error.phase).toBe('auth')
})
