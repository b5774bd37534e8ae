'use strict'

// Catalogue PO-10 and the pool's part of section 8: what a pool writes to its log, in order.

const { once } = require('node:events')
const net = require('node:net')
const { parity } = require('./harness')
const { terminate } = require('./terminate')

// A removal is logged when its socket is closed, and who waits for what differs there (DV-6, DV-18).
function logged({ newPool, log }, config) {
  return newPool({
    ...config,
    log: (message, ...more) => log(message, ...more.map((value) => value?.message)),
  })
}

parity('PO-10: a checkout, an idle one, and two releases', async (context) => {
  const { log } = context
  const pool = logged(context, { max: 2 })
  const client = await pool.connect()
  log('--- served')
  client.release()
  log('--- released')
  const same = await pool.connect()
  log('--- served', same === client)
  same.release()
})

parity('PO-10: pool.query', async (context) => {
  const { log } = context
  const pool = logged(context, { max: 1 })
  log('--- answer', (await pool.query('select 1 as n')).rows)
  log('--- answer', (await pool.query('select 2 as n')).rows)
})

parity('PO-10: a release that removes', async (context) => {
  const { log, eventOf, turn } = context
  const pool = logged(context)
  const client = await pool.connect()
  const removed = eventOf(pool, 'remove')
  client.release(true)
  log('--- released')
  await removed
  log('--- removed')
  await turn()
})

parity('PO-10: maxUses', async (context) => {
  const { log, eventOf, turn } = context
  const pool = logged(context, { maxUses: 1 })
  const client = await pool.connect()
  const removed = eventOf(pool, 'remove')
  client.release()
  log('--- released')
  await removed
  await turn()
})

parity('PO-10: an idle client that times out', async (context) => {
  const { log, eventOf, turn } = context
  const pool = logged(context, { idleTimeoutMillis: 20 })
  const removed = eventOf(pool, 'remove')
  ;(await pool.connect()).release()
  log('--- released')
  await removed
  await turn()
})

parity('PO-10: a connect that fails', async (context) => {
  const { log, outcome, turn } = context
  const pool = logged(context, { password: 'wrong' })
  log('--- outcome', (await outcome(pool.connect())).rejected.code)
  await turn()
})

parity('PO-10: an onConnect that fails', async (context) => {
  const { log, outcome, turn } = context
  const pool = logged(context, { onConnect: () => Promise.reject(new Error('hook')) })
  log('--- outcome', await outcome(pool.connect()))
  await turn()
})

parity('PO-10: a connect that takes too long', async (context) => {
  const { log, outcome, until } = context
  const silent = net.createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1')
  context.defer(() => silent.close())
  await once(silent, 'listening')
  const { port } = silent.address()
  const pool = logged(context, { connectionTimeoutMillis: 50, host: '127.0.0.1', port })
  const { rejected } = await outcome(pool.connect())
  // pg tells its caller when the socket is closed, oxpg at once.
  await until(() => log.count('no queued requests') === 1)
  return rejected.message
})

parity('PO-10: an idle client that is lost', async (context) => {
  const { log, eventOf, turn } = context
  const pool = logged(context)
  pool.on('error', () => log('--- error'))
  const client = await pool.connect()
  client.release()
  const removed = eventOf(pool, 'remove')
  await terminate(client)
  await removed
  await turn()
})

parity('PO-10: end() of a pool never used', async (context) => {
  const pool = logged(context)
  await pool.end()
  await context.outcome(pool.end())
})

parity('PO-10: end() with an idle client', async (context) => {
  const { log } = context
  const pool = logged(context)
  ;(await pool.connect()).release()
  log('--- released')
  const ended = pool.end()
  log('--- ending')
  await ended
})

parity('PL-19: an idle client whose lifetime is over', async (context) => {
  const { log, eventOf, turn } = context
  const pool = logged(context, { maxLifetimeSeconds: 0.5 })
  log.events(pool, ['acquire', 'release', 'remove'], '--- ')
  const removed = eventOf(pool, 'remove')
  ;(await pool.connect()).release()
  log('--- released')
  await removed
  await turn()
})

parity('PO-10: a lost client that fails once more', async (context) => {
  const { log, eventOf } = context
  const pool = logged(context)
  const client = await pool.connect()
  client.release()
  const removed = eventOf(pool, 'remove')
  const failed = new Promise((resolve) => pool.once('error', resolve))
  client.emit('error', new Error('first'))
  log('--- error', await failed)
  client.emit('error', new Error('second'))
  log('--- after')
  await removed
})

parity('PO-10: a pool that has ended is asked to serve', async (context) => {
  const { log } = context
  const pool = logged(context)
  await pool.end()
  log('--- ended')
  pool._pulseQueue()
})
