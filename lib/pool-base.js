'use strict'

// The class beneath our Pool: pg-pool's own wherever it is installed (M-6), because tracing tools patch its prototype and
// apps ask `instanceof`. Where a bundler left it out, Pool does without.

const { EventEmitter } = require('events')

const PgPool = find()

function find() {
  try {
    const found = require('pg-pool')
    return typeof found === 'function' ? found : undefined
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error
    return undefined
  }
}

/** What pg-pool's constructor lays out, in its order. */
class Emitter extends EventEmitter {
  constructor(options, clientClass) {
    super()
    this.options = options
    this.log = undefined
    this.Client = clientClass
    this.Promise = undefined
    this._clients = []
    this._idle = []
    this._expired = new WeakSet()
    this._pendingQueue = []
    this._endCallback = undefined
    this.ending = false
    this.ended = false
  }
}

// Texts that pg-pool's own methods contain, and nothing that wraps them does. Identity alone would not tell: a tool may
// have patched the methods before this module was loaded.
const OWN_TEXT = {
  connect: 'Cannot use a pool after calling end on the pool',
  query: 'dispatching query',
  end: 'Called end on pool more than once',
}

const prototype = PgPool ? PgPool.prototype : {}

/** The methods as they were when somebody looked last, and whether they were patched then. */
let { connect, query, end } = prototype
let patched = look()

function look() {
  connect = prototype.connect
  query = prototype.query
  end = prototype.end
  return {
    connect: isForeign('connect'),
    query: isForeign('query'),
    end: isForeign('end'),
  }
}

function isForeign(name) {
  const method = prototype[name]
  return typeof method === 'function' && !Function.prototype.toString.call(method).includes(OWN_TEXT[name])
}

/** Which of pg-pool's methods somebody has replaced. Asked at every query: three comparisons while nothing changes. */
function patchedMethods() {
  if (prototype.connect !== connect || prototype.query !== query || prototype.end !== end) patched = look()
  return patched
}

module.exports = { Base: PgPool || Emitter, hasPgPool: PgPool !== undefined, patchedMethods }
