'use strict'

const { createRecorder } = require('./recorder')
const { load } = require('./drivers')

// Sessions that outlive a case: one client and one pool per side and file, for the cases that only query.
const sharedClients = new Map()
const sharedPools = new Map()

function serverConfig() {
  const text = process.env.OXPG_TEST_SERVER
  if (!text)
    throw new Error('OXPG_TEST_SERVER is not set: the parity suite needs the server of __test__/support')
  const { host, port, user, password, database } = JSON.parse(text)
  return { host, port, user, password, database }
}

const socketDir = () => JSON.parse(process.env.OXPG_TEST_SERVER).socketDir

/** Waits until `condition()` is truthy and gives its value; a case that waits in vain fails by the harness's limit. */
async function until(condition) {
  for (;;) {
    const value = await condition()
    if (value) return value
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

/** The arguments of the next `name` event. Unlike events.once, an `error` event does not reject it. */
const eventOf = (emitter, name) => new Promise((resolve) => emitter.once(name, (...args) => resolve(args)))

/** How a promise (or a function that may throw) ends, as a value. */
async function outcome(work) {
  let promise
  try {
    promise = typeof work === 'function' ? work() : work
  } catch (error) {
    return { threw: error }
  }
  try {
    return { resolved: await promise }
  } catch (error) {
    return { rejected: error }
  }
}

/** What a synchronous call gives or throws. */
function attempt(work) {
  try {
    return { returned: work() }
  } catch (error) {
    return { threw: error }
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

async function sharedClient(side, settings) {
  const key = `${side} ${JSON.stringify(settings)}`
  const existing = sharedClients.get(key)
  if (existing && existing._queryable && !existing._ending) return existing
  const client = new (load[side]().Client)({ ...serverConfig(), ...settings })
  client.on('error', () => {})
  await client.connect()
  sharedClients.set(key, client)
  return client
}

function sharedPool(side, settings, watched) {
  const key = `${side} ${watched} ${JSON.stringify(settings)}`
  if (!sharedPools.has(key)) {
    const pool = new (load[side]().Pool)({ ...serverConfig(), max: 1, ...settings })
    pool.on('error', () => {})
    if (watched) pool.on('acquire', () => {})
    sharedPools.set(key, pool)
  }
  return sharedPools.get(key)
}

async function closeShared() {
  const open = [...sharedClients.values(), ...sharedPools.values()]
  sharedClients.clear()
  sharedPools.clear()
  await Promise.all(open.map((session) => session.end()))
}

function closeClient(client) {
  client.on('error', () => {})
  return client.end()
}

function closePool(pool) {
  pool.on('error', () => {})
  return pool.ending ? undefined : pool.end()
}

/** Everything that a case is given, fresh for each side, and `close()` for what the case has opened. */
function createContext(side) {
  const pg = load[side]()
  const closers = []
  const context = {
    pg,
    side,
    log: createRecorder(),
    config: serverConfig(),
    socketDir,
    until,
    eventOf,
    outcome,
    attempt,
    turn,
    defer: (closer) => closers.push(closer),
    newClient(config = {}) {
      const client = new pg.Client({ ...serverConfig(), ...config })
      closers.push(() => closeClient(client))
      return client
    },
    async connect(config) {
      const client = context.newClient(config)
      await client.connect()
      return client
    },
    newPool(config = {}) {
      const pool = new pg.Pool({ ...serverConfig(), ...config })
      closers.push(() => closePool(pool))
      return pool
    },
    sharedClient: (settings = {}) => sharedClient(side, settings),
    sharedPool: (settings = {}) => sharedPool(side, settings, false),
    watchedPool: (settings = {}) => sharedPool(side, settings, true),
  }
  const close = async () => {
    for (const closer of closers.reverse()) await closer()
  }
  return { context, close }
}

module.exports = { createContext, closeShared, serverConfig }
