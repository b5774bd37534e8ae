'use strict'

// The reading end of the native mailbox: one callback drains what the I/O side delivered.

const EVENT = require('./events')
const { NativeEnvironment } = require('./native')
const { shared: parameters } = require('./parameters')
const { toError } = require('./errors')
const Plan = require('./plan')
const PoolRegistry = require('./pool-registry')
const Statements = require('./statements')
const { nextTick, setImmediate, throwLater } = require('./turns')

// src/binding/chunk.rs fills these and knows their sizes.
const INTS_ROOM = 32 * 1024
const NUMS_ROOM = 8 * 1024

const RECORD = { ROWS: 1, COMMAND: 2, EMPTY: 3, FAILED: 4, READY: 5, EVENT: 6, PLAN: 7, FORGET: 8 }

// A drain that has worked this long yields to the event loop, so that a million rows never freeze the app. The design
// says 4; with 2 the longest stall is about one scavenge of the garbage collector, and no slower (docs/performance.md).
const BUDGET_MILLIS = 2

const ints = new Int32Array(INTS_ROOM)
const nums = new Float64Array(NUMS_ROOM)
const repackedInts = new Int32Array(INTS_ROOM)
// What came as texts, whose lengths are integers, may be numbers when it is packed anew.
const repackedNums = new Float64Array(2 * NUMS_ROOM)

const native = new NativeEnvironment(drain)
const hot = native.hot([ints, nums, repackedInts, repackedNums, parameters])
const statements = new Statements(native)

/** Who takes the deliveries of a query or checkout, by ticket; a free place holds the next free ticket. */
const receivers = [undefined]
let free = 0

/** Clients and bridges by session, and pools by number: who takes events. */
const sessions = new Map()
const bridges = new Map()
const pools = new PoolRegistry(native)
const plans = new Map()

/** Reserves a ticket for a receiver. */
function takeTicket(receiver) {
  const ticket = free === 0 ? receivers.length : free
  free = ticket === receivers.length ? 0 : receivers[ticket]
  receivers[ticket] = receiver
  return ticket
}

/** Frees a ticket. The native side must be done with it. */
function freeTicket(ticket) {
  receivers[ticket] = free
  free = ticket
}

/** The rows of one delivery: one object, reused, because it is read at once. */
const batch = {
  plan: undefined,
  session: 0,
  count: 0,
  ints,
  i: 0,
  nums,
  n: 0,
  text: '',
  t: 0,
  json: undefined,
  jsonStart: 0,
  jsonLength: 0,
  rawStart: 0,
  rawLength: 0,
  /** More batches of this result may follow. */
  isCut: false,
}

let flushing = false

function flush() {
  flushing = false
  hot.flush()
  statements.sweep()
}

/** Has everything that this turn submits written at its end, in one go. */
function flushSoon() {
  if (!flushing) {
    flushing = true
    nextTick(flush)
  }
}

let resuming = false

function resume() {
  resuming = false
  drain()
}

function drain() {
  if (resuming) return
  const start = performance.now()
  for (;;) {
    const text = hot.drain()
    if (text === undefined) return
    readChunk(text)
    if (performance.now() - start > BUDGET_MILLIS) {
      resuming = true
      setImmediate(resume)
      return
    }
  }
}

// A text of null: V8 could not make a string that long.
function readChunk(text) {
  const end = ints[0]
  let at = 1
  let t = 0
  let n = 0
  while (at < end) {
    try {
      while (at < end) {
        const type = ints[at]
        if (type === RECORD.ROWS) {
          const receiver = receivers[ints[at + 1]]
          const payload = ints[at + 9]
          batch.plan = plans.get(ints[at + 3])
          batch.session = ints[at + 2]
          batch.count = ints[at + 4]
          batch.ints = ints
          batch.i = at + 11
          batch.nums = nums
          batch.n = n
          batch.text = text
          batch.t = t
          batch.json = undefined
          batch.jsonStart = t + ints[at + 5]
          batch.jsonLength = ints[at + 6]
          batch.rawStart = ints[at + 7]
          batch.rawLength = ints[at + 8]
          batch.isCut = ints[at + 5] + ints[at + 6] >= 8192 || payload >= 8192 || ints[at + 10] >= 4000
          n += ints[at + 10]
          t = batch.jsonStart + batch.jsonLength
          at += 11 + payload
          receiver.onRows(batch)
        } else if (type === RECORD.READY) {
          const receiver = receivers[ints[at + 1]]
          const status = ints[at + 2]
          at += 3
          receiver.onReady(status)
        } else if (type === RECORD.COMMAND) {
          const receiver = receivers[ints[at + 1]]
          const start = t
          t += ints[at + 2]
          at += 3
          receiver.onCommand(text.substring(start, t))
        } else {
          const record = at
          const start = t
          at += lengthOf(type)
          t += textLength(type, record)
          readRare(type, record, text === null ? '' : text.substring(start, t))
        }
      }
    } catch (error) {
      // Exceptions of the application's callbacks must not cost others their deliveries.
      throwLater(error)
    }
  }
}

function lengthOf(type) {
  switch (type) {
    case RECORD.EMPTY:
      return 2
    case RECORD.EVENT:
      return 6
    case RECORD.FORGET:
      return 1
    default:
      return 3
  }
}

function textLength(type, record) {
  if (type === RECORD.EVENT) return ints[record + 5]
  return type === RECORD.FAILED || type === RECORD.PLAN ? ints[record + 2] : 0
}

function readRare(type, record, text) {
  switch (type) {
    case RECORD.EMPTY:
      return receivers[ints[record + 1]].onEmpty()
    case RECORD.FAILED:
      return receivers[ints[record + 1]].onFailed(toError(text))
    case RECORD.PLAN: {
      const id = ints[record + 1]
      if (plans.has(id)) return
      const { fields, kinds } = JSON.parse(text)
      plans.set(id, new Plan(id, fields, kinds))
      return
    }
    case RECORD.FORGET:
      return plans.clear()
    case RECORD.EVENT:
      return deliverEvent(ints[record + 1], ints[record + 2], ints[record + 3], ints[record + 4], text)
  }
}

// An event of a pooled session goes to its Client, if JavaScript has made one; else to the pool.
function deliverEvent(kind, pool, session, ticket, detail) {
  if (kind === EVENT.BRIDGE && bridges.has(session)) {
    bridges.get(session).onWish(ticket)
    return
  }
  const client = session === 0 ? undefined : sessions.get(session)
  if (client !== undefined && kind < 20) client.onEvent(kind, ticket, detail)
  else pools.get(pool === 0 && client ? client.poolNumber : pool)?.onEvent(kind, session, ticket, detail)
}

module.exports = {
  native,
  hot,
  statements,
  sessions,
  bridges,
  pools,
  plans,
  repackedInts,
  repackedNums,
  takeTicket,
  freeTicket,
  flushSoon,
}
