'use strict'

const Client = require('./client')
const EVENT = require('./events')
const PoolQuery = require('./pool-query')
const Query = require('./query')
const TypeOverrides = require('./type-overrides')
const { Checkout, nothing } = require('./checkout')
const { Base, patchedMethods } = require('./pool-base')
const { announce, isHeard, note, notePulse } = require('./announce')
const { addPoolStreams } = require('./streams')
const { answerPassword } = require('./password')
const { WISH, bridgeWithoutClient } = require('./bridge')
const { inContext } = require('./context')
const { deferredOf } = require('./rejection')
const { toPoolError, warnIdleError } = require('./pool-errors')
const { native, pools, sessions } = require('./mailbox')
const { speaksItself } = require('./query-messages')
const { checkOptions, isForeign, poolOptions, nativeOptions, resolvedOptions } = require('./pool-options')
const { pristine } = require('./pristine')
const { showInternals } = require('./pool-internals')
const { refreshRoots } = require('./roots')
const { queryByClient } = require('./watched-query')
const { endUnfinished, takeBack } = require('./pool-release')
const { nextTick, setImmediate } = require('./turns')
const { hide } = require('./hidden')

/**
 * Sessions to one server, handed out and taken back. What decides is native; this is pg-pool's face of it. Where Clients
 * are of a foreign class, which have no native session, pg-pool's own methods do all the work (PO-8).
 */
class Pool extends Base {
  constructor(options, ClientClass) {
    checkOptions(options)
    const clientClass = options?.Client || ClientClass || Client
    super(options, clientClass)
    hide(this, '_isForeign', isForeign(clientClass))
    hide(this, '_number', 0)
    if (this._isForeign) return
    this.options = poolOptions(options)
    this.log = this.options.log || nothing
    this.Client = clientClass
    this.Promise = this.options.Promise || Promise
    hide(this, '_mustUseClients', Boolean(this.options.pipeline))
    hide(this, '_types', undefined)
    hide(this, '_template', undefined)
    hide(this, '_connectionString', undefined)
    hide(this, '_owned', [])
    hide(this, '_unclaimed', new Set())
    hide(this, '_evicted', new Set())
  }

  get totalCount() {
    return this._isForeign ? super.totalCount : this._count(0)
  }

  get idleCount() {
    return this._isForeign ? super.idleCount : this._count(1)
  }

  get waitingCount() {
    return this._isForeign ? super.waitingCount : this._count(2)
  }

  get expiredCount() {
    return this._isForeign ? super.expiredCount : this._count(3)
  }

  _count(which) {
    return this._number === 0 || this.ended ? 0 : native.counts(this._number)[which]
  }

  // The native pool is made when it is needed, so that options may still be changed until then.
  _open() {
    if (this._number !== 0) return this._number
    const { pool, session, client } = nativeOptions(this.options)
    // Only a Client can bring a socket that JavaScript makes.
    if (session.bridged) this._mustUseClients = true
    this._number = native.createPool(JSON.stringify(pool), JSON.stringify(session))
    this._types = new TypeOverrides(this.options.types)
    this._template = client
    this._connectionString = this.options.connectionString
    pools.set(this._number, this)
    return this._number
  }

  _respond(callback) {
    if (callback) {
      if (typeof callback !== 'function') throw new TypeError('callback is not a function')
      return { callback: inContext(callback), result: undefined }
    }
    const { promise, resolve, reject } = deferredOf(this.Promise)
    return { callback: (error, value) => (error ? reject(error) : resolve(value)), result: promise }
  }

  // The signal is the pool's own: a patched connect() that drops it only makes aborting a waiting query slower.
  connect(callback, ...[signal]) {
    if (this._isForeign || patchedMethods().connect) return super.connect(callback, signal)
    const response = this._respond(callback)
    if (this.ending) {
      refuse(response.callback, new Error('Cannot use a pool after calling end on the pool'))
      return response.result
    }
    new Checkout(this, response.callback, signal).start()
    return response.result
  }

  // What pg-pool's connect() does when there is room and nothing idle: the native pool finds out by itself.
  newClient(pendingItem) {
    if (this._isForeign) super.newClient(pendingItem)
    else Checkout.for(this, pendingItem).start()
  }

  _isFull() {
    return this._isForeign ? super._isFull() : this.totalCount >= this.options.max
  }

  query(text, values, callback) {
    if (this._isForeign || patchedMethods().query) return super.query(text, values, callback)
    if (typeof text === 'function') {
      const response = this._respond(text)
      setImmediate(() =>
        response.callback(
          new Error('Passing a function as the first parameter to pool.query is not supported')
        )
      )
      return response.result
    }
    if (typeof values === 'function') {
      callback = values
      values = undefined
    }
    const response = this._respond(callback)
    if (this.ending) {
      refuse(response.callback, new Error('Cannot use a pool after calling end on the pool'))
    } else if (this._isWatched() || needsClient(text, this.options)) {
      queryByClient(this, text, values, response.callback)
    } else {
      this._queryDirectly(text, values, response.callback)
    }
    return response.result
  }

  // Nobody can tell the difference: no listener, no hook, no patched method on the way (design 5).
  _isWatched() {
    const { options } = this
    return (
      this.Client !== Client ||
      clientPrototype.query !== original.query ||
      clientPrototype.connect !== original.connect ||
      speaksItself(queryPrototype) ||
      this.connect !== original.checkout ||
      patchedMethods().connect ||
      queryPrototype.handleError !== original.handleError ||
      queryPrototype.handleReadyForQuery !== original.handleReadyForQuery ||
      this._mustUseClients ||
      options.onConnect !== undefined ||
      options.verify !== undefined ||
      this.log !== nothing ||
      options.binary ||
      (this._eventsCount > 0 && isHeard(this, 'connect', 'acquire', 'release'))
    )
  }

  _queryDirectly(text, values, callback) {
    let query
    try {
      if (this._number === 0) {
        this._open()
        if (this._mustUseClients) {
          queryByClient(this, text, values, callback)
          return
        }
      }
      query = new Query(text, values)
    } catch (error) {
      nextTick(callback, error)
      return
    }
    if (query.callback) {
      // Like pg, a callback in the config is called besides the promise's.
      queryByClient(this, text, values, callback)
      return
    }
    query.callback = nothing
    if (!query._result._types) query._result._types = this._types
    const settle = (error, result) => (error ? callback(toPoolError(error)) : callback(undefined, result))
    new PoolQuery(this, query, settle).submit(this._number)
  }

  /** What the native side has to tell about a pool, or about a session that has no Client yet. */
  onEvent(kind, session, ticket, detail) {
    switch (kind) {
      case EVENT.OPENED:
        return this._handleOpened(session)
      case EVENT.EVICTED:
        return this._handleEvicted(session, detail)
      case EVENT.POOL_ENDED:
        return this._handleEnded()
      case EVENT.CHECKED_OUT:
        return Checkout.of(ticket).onCheckedOut(session)
      case EVENT.CHECKOUT_FAILED:
        return Checkout.of(ticket).onFailed(JSON.parse(detail))
      case EVENT.CREATE_CLIENT:
        return Checkout.of(ticket).createClient()
      case EVENT.PASSWORD_WANTED:
        return this._handlePasswordWanted(ticket)
      case EVENT.SESSION_ERROR:
      case EVENT.STRAY:
        return this._adopt(session).onEvent(kind, ticket, detail)
      case EVENT.CLOSED:
        return this._handleClosed(session, detail)
      case EVENT.BRIDGE:
        return this._handleWish(session, ticket, detail)
    }
  }

  _handlePasswordWanted(ticket) {
    answerPassword(this._makeClient(false), ticket)
  }

  // rustls cannot talk to the server of a session that the native pool opens: Node's TLS shall try.
  _handleWish(session, wish, detail) {
    if (wish === WISH.DIAL) bridgeWithoutClient(session, this._template, JSON.parse(detail)).start()
  }

  // Somebody may have begun to listen after the query that opened the session.
  _handleOpened(session) {
    refreshRoots()
    this._unclaimed.add(session)
    if (this.listenerCount('connect') > 0) announce(this, 'connect', this._adopt(session))
  }

  // A session without a Client died while it was idle: the pool says so all the same.
  _handleClosed(session, detail) {
    this._unclaimed.delete(session)
    if (this._evicted.delete(session)) return
    this._adopt(session).onEvent(EVENT.CLOSED, 0, detail)
  }

  _handleEvicted(session, reason) {
    let client = sessions.get(session)
    this._unclaimed.delete(session)
    // Whoever listens gets the Client of every session.
    if (client === undefined && this._eventsCount > 0 && isHeard(this, 'acquire', 'release', 'remove'))
      client = this._adopt(session)
    if (reason === 'expired') this._announceExpiry(client)
    const isPolicy = reason === 'idle' || reason === 'expired' || reason === 'expended'
    if (isPolicy) note(this, `remove ${reason} client`)
    if (client === undefined) this._evicted.add(session)
    else this._remove(client, isPolicy ? () => this._pulseQueue() : undefined)
  }

  // PL-19: pg-pool acquires and releases an idle client whose lifetime is over.
  _announceExpiry(client) {
    note(this, 'ending client due to expired lifetime')
    if (client === undefined) return
    announce(this, 'acquire', client)
    announce(this, 'release', undefined, client)
  }

  _handleEnded() {
    native.forgetPool(this._number)
    pools.delete(this._number)
    this.ended = true
    // Behind the 'end' events of the Clients, which have a turn of their own.
    setImmediate(() => this._endCallback())
  }

  // A file that the connection string names may be gone by now: then what it said when the pool was opened counts.
  _makeClient(isToConnect) {
    try {
      return new this.Client(this.options)
    } catch (error) {
      const { connectionString } = this.options
      const isChanged = isToConnect && connectionString !== this._connectionString
      if (!connectionString || isChanged || !isFileError(error)) throw error
      return new this.Client(resolvedOptions(this.options, this._template))
    }
  }

  /** The Client of a session that the native pool opened by itself; always the same one. */
  _adopt(session) {
    this._unclaimed.delete(session)
    const client = this._makeClient(false)
    client.adopt(session, native.introduction(session))
    this._own(client)
    client.on('error', client._idleListener)
    return client
  }

  /** Makes the Client one of the pool's. */
  _own(client) {
    this._owned.push(client)
    hide(client, 'poolNumber', this._number)
    hide(client, '_isHeld', false)
    hide(client, '_giveBackNow', undefined)
    hide(client, '_idleListener', (error) => this._handleIdleError(client, error))
    client.once('end', () => this._handleClientEnd(client))
  }

  _disown(client) {
    const index = this._owned.indexOf(client)
    if (index !== -1) this._owned.splice(index, 1)
  }

  _handleIdleError(client, error) {
    error.client = client
    client.removeListener('error', client._idleListener)
    client.on('error', () => {
      note(this, 'additional client error after disconnection due to error', error)
    })
    client._giveBackNow?.()
    if (this._owned.includes(client)) this._remove(client)
    if (this.listenerCount('error') > 0) this.emit('error', error, client)
    else warnIdleError(error)
  }

  // Its user ended it after giving it back.
  _handleClientEnd(client) {
    if (!client._isHeld && this._owned.includes(client)) this._remove(client)
  }

  _remove(client, callback) {
    if (this._isForeign) {
      super._remove(client, callback)
      return
    }
    this._disown(client)
    client.end(() => {
      announce(this, 'remove', client)
      if (typeof callback === 'function') callback()
    })
  }

  _release(client, idleListener, error) {
    if (this._isForeign) super._release(client, idleListener, error)
    else takeBack(this, client, error, false)
  }

  // The native pool serves its waiters by itself: this is what pg-pool logs, and how an end() of pg-pool's gets here.
  _pulseQueue() {
    if (this._isForeign) {
      super._pulseQueue()
      return
    }
    if (this.log !== nothing) notePulse(this)
    if (this._endCallback && !this.ended) this._beginToEnd()
  }

  end(callback) {
    if (this._isForeign || patchedMethods().end) return super.end(callback)
    note(this, 'ending')
    const response = this._respond(callback)
    if (this.ending) {
      refuse(response.callback, new Error('Called end on pool more than once'))
      return response.result
    }
    this.ending = true
    this._endCallback = response.callback
    this._pulseQueue()
    return response.result
  }

  _beginToEnd() {
    if (this._isClosing) return
    hide(this, '_isClosing', true)
    if (this._number !== 0) {
      pools.keep(this._number, this)
      native.endPool(this._number)
      endUnfinished(this._owned.slice())
      return
    }
    this.ended = true
    this._endCallback()
  }
}

showInternals(Pool.prototype)
addPoolStreams(Pool.prototype)

const clientPrototype = Client.prototype
const queryPrototype = Query.prototype
const original = { ...pristine, checkout: Pool.prototype.connect }

// Exceptions of the application's own (a `stream` function, a subclass) are not for us to try again.
function isFileError(error) {
  return typeof error?.path === 'string' && typeof error.syscall === 'string'
}

// pg-pool calls a callback at once and rejects a promise.
function refuse(respond, error) {
  respond(error)
}

// These need a Client's queue or timers, or bring their own protocol.
function needsClient(config, options) {
  if (options.query_timeout) return true
  if (typeof config !== 'object' || config === null) return config == null
  return Boolean(config.query_timeout || config.signal || typeof config.submit === 'function')
}

module.exports = Pool
