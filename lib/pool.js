'use strict'

const { EventEmitter } = require('events')
const Client = require('./client')
const ConnectionParameters = require('./connection-parameters')
const EVENT = require('./events')
const PoolQuery = require('./pool-query')
const Query = require('./query')
const TypeOverrides = require('./type-overrides')
const { Checkout, nothing } = require('./checkout')
const { answerPassword } = require('./password')
const { inContext } = require('./context')
const { signalOf } = require('./abandonment')
const { deferredOf } = require('./rejection')
const { isOrdinary, toPoolError } = require('./pool-errors')
const { native, pools, sessions } = require('./mailbox')
const { poolOptions, nativeOptions } = require('./pool-options')
const { pristine } = require('./pristine')

/** Sessions to one server, handed out and taken back. What decides is native; this is pg-pool's face of it. */
class Pool extends EventEmitter {
  constructor(options, ClientClass) {
    super()
    this.options = poolOptions(options)
    this.log = this.options.log || nothing
    this.Client = this.options.Client || ClientClass || Client
    this.Promise = this.options.Promise || Promise
    this._clients = []
    // pg-pool's internals that others count (PL-20): views of what the native pool knows.
    view(this, '_idle', () => this._clients.filter((client) => !client._isHeld).map((client) => ({ client })))
    this._expired = new WeakSet()
    view(this, '_pendingQueue', () => Checkout.waiting(this))
    this._endCallback = undefined
    this.ending = false
    this.ended = false
    hide(this, '_number', 0)
    hide(this, '_hasPatchedClient', false)
    hide(this, '_types', undefined)
    hide(this, '_evicted', new Set())
  }

  get totalCount() {
    return this._count(0)
  }

  get idleCount() {
    return this._count(1)
  }

  get waitingCount() {
    return this._count(2)
  }

  get expiredCount() {
    return this._count(3)
  }

  _count(which) {
    return this._number === 0 || this.ended ? 0 : native.counts(this._number)[which]
  }

  // The native pool is made when it is needed, so that options may still be changed until then.
  _open() {
    if (this._number !== 0) return this._number
    const { pool, session } = nativeOptions(this.options)
    this._number = native.createPool(JSON.stringify(pool), JSON.stringify(session))
    this._types = new TypeOverrides(this.options.types)
    pools.set(this._number, this)
    return this._number
  }

  _respond(callback) {
    if (callback) return { callback: inContext(callback), result: undefined }
    const { promise, resolve, reject } = deferredOf(this.Promise)
    return { callback: (error, value) => (error ? reject(error) : resolve(value)), result: promise }
  }

  // The signal is the pool's own: a patched connect() that drops it only makes aborting a waiting query slower.
  connect(callback, ...[signal]) {
    const response = this._respond(callback)
    if (this.ending) {
      refuse(response.callback, new Error('Cannot use a pool after calling end on the pool'))
      return response.result
    }
    new Checkout(this, response.callback, signal).start()
    return response.result
  }

  query(text, values, callback) {
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
      this._queryByClient(text, values, response.callback)
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
      this.connect !== original.checkout ||
      this._hasPatchedClient ||
      options.onConnect !== undefined ||
      options.verify !== undefined ||
      this.log !== nothing ||
      options.binary ||
      (this._eventsCount > 0 &&
        (this.listenerCount('connect') > 0 ||
          this.listenerCount('acquire') > 0 ||
          this.listenerCount('release') > 0))
    )
  }

  _queryDirectly(text, values, callback) {
    let query
    let number
    try {
      number = this._open()
      query = new Query(text, values)
    } catch (error) {
      process.nextTick(callback, error)
      return
    }
    if (query.callback) {
      // Like pg, a callback in the config is called besides the promise's.
      this._queryByClient(text, values, callback)
      return
    }
    query.callback = nothing
    if (!query._result._types) query._result._types = this._types
    const settle = (error, result) => (error ? callback(toPoolError(error)) : callback(undefined, result))
    new PoolQuery(query, settle).submit(number)
  }

  _queryByClient(text, values, callback) {
    const run = (error, client) => {
      if (error) return callback(error)
      let released = false
      const release = (failure) => {
        released = true
        client.removeListener('error', onError)
        client.release(failure, isOrdinary(failure, client))
      }
      const onError = (failure) => {
        if (released) return
        release(failure)
        callback(failure)
      }
      client.once('error', onError)
      this.log('dispatching query')
      try {
        client.query(text, values, (failure, result) => {
          this.log('query dispatched')
          if (released) return
          release(failure)
          if (failure) callback(failure)
          else callback(undefined, result)
        })
      } catch (failure) {
        release(failure)
        callback(failure)
      }
    }
    const signal = text ? signalOf(text) : undefined
    if (signal) this.connect(run, signal)
    else this.connect(run)
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
    }
  }

  _handlePasswordWanted(ticket) {
    const connectionParameters = new ConnectionParameters(this.options)
    answerPassword({ password: connectionParameters.password, connectionParameters }, ticket)
  }

  // Somebody began to listen after the query that opened the session.
  _handleOpened(session) {
    if (this.listenerCount('connect') > 0) this.emit('connect', this._adopt(session))
  }

  // A session without a Client died while it was idle: the pool says so all the same.
  _handleClosed(session, detail) {
    if (this._evicted.delete(session)) return
    this._adopt(session).onEvent(EVENT.CLOSED, 0, detail)
  }

  _handleEvicted(session, reason) {
    const client = sessions.get(session)
    this.log(`remove ${reason} client`)
    if (client !== undefined) return this._remove(client)
    // Whoever listens for 'remove' gets the Client of every session.
    if (this.listenerCount('remove') > 0) return this._remove(this._adopt(session))
    this._evicted.add(session)
    return undefined
  }

  _handleEnded() {
    native.forgetPool(this._number)
    pools.delete(this._number)
    this.ended = true
    // Behind the 'end' events of the Clients, which have a turn of their own.
    setImmediate(() => this._endCallback())
  }

  /** The Client of a session that the native pool opened by itself; always the same one. */
  _adopt(session) {
    const client = new this.Client(this.options)
    client.adopt(session, native.introduction(session))
    this._own(client)
    client.on('error', client._idleListener)
    return client
  }

  /** Makes the Client one of the pool's. */
  _own(client) {
    this._clients.push(client)
    hide(client, 'poolNumber', this._number)
    hide(client, '_isHeld', false)
    hide(client, '_giveBackNow', undefined)
    hide(client, '_idleListener', (error) => this._handleIdleError(client, error))
    client.once('end', () => this._handleClientEnd(client))
  }

  _disown(client) {
    const index = this._clients.indexOf(client)
    if (index !== -1) this._clients.splice(index, 1)
  }

  _handleIdleError(client, error) {
    error.client = client
    client.removeListener('error', client._idleListener)
    client.on('error', () => {
      this.log('additional client error after disconnection due to error', error)
    })
    client._giveBackNow?.()
    if (this._clients.includes(client)) this._remove(client)
    if (this.listenerCount('error') > 0) this.emit('error', error, client)
    else warnIdleError(error)
  }

  // Its user ended it after giving it back.
  _handleClientEnd(client) {
    if (!client._isHeld && this._clients.includes(client)) this._remove(client)
  }

  _remove(client) {
    this._disown(client)
    client.end(() => this.emit('remove', client))
  }

  /** Takes a Client back. `keep`: the error is no reason to close its session (DV-1). */
  _release(client, error, keep) {
    client._isHeld = false
    if (this.options.allowExitOnIdle) client.ref()
    client.on('error', client._idleListener)
    client._poolUseCount = (client._poolUseCount || 0) + 1
    if (Object.hasOwn(client, 'query')) this._hasPatchedClient = true
    this.emit('release', error, client)
    const isBusy = client._activeQuery || client._queryQueue.length > 0
    const destroy = Boolean(error && !keep) || !client._queryable || client._ending
    if (isBusy && !destroy) this._giveBackWhenDone(client)
    else this._giveBack(client, destroy)
  }

  // A query is still under way: the session becomes free when it is done, or when the session is lost.
  _giveBackWhenDone(client) {
    const giveBack = () => {
      clearTimeout(timer)
      client.removeListener('drain', giveBack)
      client.removeListener('end', giveBack)
      client._giveBackNow = undefined
      this._giveBack(client, !client._queryable || client._ending)
    }
    client.once('drain', giveBack)
    client.once('end', giveBack)
    client._giveBackNow = giveBack
    const timer = client._activeQuery?._abandoned ? setTimeout(abort, CANCEL_GRACE_MILLIS) : undefined
    timer?.unref()

    // Nobody waits for the query any more, and a server that answers nothing must not keep the slot.
    function abort() {
      client.connection.stream.destroy()
      client._queryable = false
      giveBack()
    }
  }

  _giveBack(client, destroy) {
    const reason = native.release(this._number, client.connection.session, destroy)
    if (reason === null) return
    if (reason === 'expended' || reason === 'expired') this.log(`remove ${reason} client`)
    if (this._clients.includes(client)) this._remove(client)
  }

  end(callback) {
    this.log('ending')
    const response = this._respond(callback)
    if (this.ending) {
      refuse(response.callback, new Error('Called end on pool more than once'))
      return response.result
    }
    this.ending = true
    this._endCallback = response.callback
    if (this._number !== 0) native.endPool(this._number)
    else {
      this.ended = true
      response.callback()
    }
    return response.result
  }
}

// The session itself gives a cancel request 5 seconds.
const CANCEL_GRACE_MILLIS = 6000

const clientPrototype = Client.prototype
const original = { ...pristine, checkout: Pool.prototype.connect }

function hide(object, key, value) {
  Object.defineProperty(object, key, { value, writable: true, enumerable: false, configurable: true })
}

function view(object, key, get) {
  Object.defineProperty(object, key, { get, enumerable: true, configurable: true })
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

let warned = false

// pg would let the process crash here. Nothing is lost but an idle session, so it is said once and counted no more.
function warnIdleError(error) {
  if (warned) return
  warned = true
  process.emitWarning(
    `An idle session of a pool was lost (${error.message}) and nobody listens: add pool.on('error', ...). ` +
      'The pool goes on; further losses are not reported.',
    { code: 'OXPG_IDLE_ERROR' }
  )
}

module.exports = Pool
