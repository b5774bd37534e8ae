'use strict'

// One checkout of a Client: from pool.connect() to its callback.

const { native, sessions, takeTicket, freeTicket, flushSoon } = require('./mailbox')
const { abortError, onAbort } = require('./abandonment')
const { toError } = require('./errors')
const { connectTimeout, queueTimeout } = require('./pool-errors')
const { announce, note } = require('./announce')
const { explainTrust } = require('./tls-trust')
const { takeBack } = require('./pool-release')
const { nextTick } = require('./turns')

const nothing = () => {}

const NOT_OURS =
  'pool.Client is neither the Client of oxpg nor a subclass of it; give such a class as the option "Client"'

/** Checkouts that wait for the native side, by ticket. */
const open = new Map()

class Checkout {
  /** @param {AbortSignal} [signal] ends the waiting */
  constructor(pool, callback, signal) {
    this._pool = pool
    this.callback = callback
    this._signal = signal
    this._client = undefined
    this._error = undefined
    this._ticket = 0
    this._stopWatching = undefined
  }

  static of(ticket) {
    return open.get(ticket)
  }

  /** The checkout of a pending item of pg-pool's, whose own timer may end its waiting first (PL-17). */
  static for(pool, item) {
    return new Checkout(pool, (error, client, release) => {
      if (!item.timedOut) item.callback(error, client, release)
      else if (client) release()
    })
  }

  /** What pg-pool calls its pending queue: checkouts of this pool that have no session yet. */
  static queueOf(pool) {
    const queue = Array.from(open.values()).filter(
      (checkout) => checkout._pool === pool && checkout._client === undefined
    )
    // pg-pool's connect() lets a caller wait by pushing an item.
    const push = (item) => {
      Checkout.for(pool, item).start()
      return queue.length + 1
    }
    return Object.defineProperty(queue, 'push', { value: push })
  }

  /** Asks the native pool for a session. */
  start() {
    const pool = this._pool
    if (this._signal?.aborted) {
      nextTick(this.callback, abortError(this._signal))
      return
    }
    let outcome
    try {
      const number = pool._open()
      this._ticket = takeTicket(this)
      open.set(this._ticket, this)
      outcome = native.checkout(number, this._ticket)
      flushSoon()
    } catch (error) {
      this._finish()
      nextTick(this.callback, error, undefined, nothing)
      return
    }
    if (outcome >= 0) {
      this._finish()
      // Not later: the session may die, and its Client be forgotten, before the callback runs.
      const client = sessions.get(outcome) ?? pool._adopt(outcome)
      // PL-3: the callback is never called before connect() has returned.
      nextTick(() => {
        if (pool.log !== nothing) note(pool, 'pulse queue')
        this._acquire(client, false)
      })
      return
    }
    if (this._signal) this._watchSignal()
    if (outcome === -2) this.createClient()
  }

  _watchSignal() {
    this._stopWatching = onAbort(this._signal, () => {
      this._error = abortError(this._signal)
      native.giveUp(this._pool._number, this._ticket)
    })
  }

  /** There is room for a new session: through the Client's own, patchable connect(). */
  createClient() {
    const pool = this._pool
    try {
      const client = pool._makeClient(true)
      // pool.Client may have been replaced since.
      if (typeof client.adopt !== 'function') throw new TypeError(NOT_OURS)
      this._client = client
      pool._own(client)
      // The native pool keeps the one deadline of the whole checkout.
      client._connectionTimeoutMillis = 0
      note(pool, 'checking client timeout')
      note(pool, 'connecting new client')
      client.connect((error) => this._handleConnected(error))
    } catch (error) {
      this._fail(error)
    }
  }

  _handleConnected(error) {
    const pool = this._pool
    const client = this._client
    client.on('error', client._idleListener)
    if (error) {
      note(pool, 'client failed to connect', error)
      this._fail(error)
      pool._pulseQueue()
      return
    }
    note(pool, 'new client connected')
    if (!pool.options.onConnect) {
      this._hand(client)
      return
    }
    new pool.Promise((resolve) => resolve(pool.options.onConnect(client))).then(
      () => this._hand(client),
      (hookError) => {
        pool._disown(client)
        client.end(() => {
          pool._pulseQueue()
          this._fail(hookError)
        })
      }
    )
  }

  // The session becomes the pool's; if the checkout was given up meanwhile, nobody wants it.
  _hand(client) {
    const { _pool: pool, _ticket: ticket } = this
    if (ticket === 0 || !native.created(pool._number, ticket, client.connection.session)) pool._remove(client)
  }

  _fail(error) {
    this._error = error
    if (this._client) this._pool._disown(this._client)
    if (this._ticket !== 0) native.created(this._pool._number, this._ticket, undefined)
  }

  /** The native pool gave the session. */
  onCheckedOut(session) {
    this._finish()
    const isNew = this._client !== undefined
    this._acquire(this._client ?? sessions.get(session) ?? this._pool._adopt(session), isNew)
  }

  /** No session came of it. */
  onFailed(failure) {
    this._finish()
    if (failure.kind === 'timeout') this._error = this._timeout(failure.phase)
    else if (this._signal?.aborted) this._abandonClient()
    const error = this._error ?? explainTrust(toError(failure), this._pool._template?.ssl)
    // PL-4: a timeout in the queue gives the error only.
    if (this._client === undefined) this.callback(error)
    else this.callback(error, undefined, nothing)
  }

  _timeout(phase) {
    const client = this._client
    if (client === undefined) return queueTimeout()
    note(this._pool, 'ending client due to timeout')
    const error = connectTimeout(native.phase(client.connection.session) ?? phase)
    this._abandonClient()
    return error
  }

  _abandonClient() {
    if (this._client === undefined) return
    this._pool._disown(this._client)
    this._client.connection.stream.destroy()
  }

  _finish() {
    if (this._ticket === 0) return
    this._stopWatching?.()
    open.delete(this._ticket)
    freeTicket(this._ticket)
    this._ticket = 0
  }

  // PL-8: connect, acquire, callback.
  _acquire(client, isNew) {
    const pool = this._pool
    client._isHeld = true
    if (!isNew) {
      // As in pg, a checkout undoes an unref() (PO-7).
      client.connection.takeFromPool()
      // The native side has ended whatever transaction the last user left.
      client._txStatus = 'I'
    }
    if (isNew) announce(pool, 'connect', client)
    announce(pool, 'acquire', client)
    client.release = releaseOnce(pool, client)
    client.removeListener('error', client._idleListener)
    if (isNew && pool.options.verify) this._verify(client)
    else this.callback(undefined, client, client.release)
  }

  _verify(client) {
    const { release } = client
    let answered = false
    const answer = (error) => {
      if (answered) return
      answered = true
      if (!error) {
        this.callback(undefined, client, release)
        return
      }
      release(error)
      this.callback(error, undefined, nothing)
    }
    try {
      this._pool.options.verify(client, answer)
    } catch (error) {
      answer(error)
    }
  }
}

function releaseOnce(pool, client) {
  let released = false
  // `keep` is the pool's own business.
  return (error, ...[keep]) => {
    if (released) throw new Error('Release called on client which has already been released to the pool.')
    released = true
    takeBack(pool, client, error, keep === true)
  }
}

module.exports = { Checkout, nothing }
