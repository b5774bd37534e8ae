'use strict'

// A Client comes back to its pool.

const Query = require('./query')
const { native } = require('./mailbox')
const { note } = require('./announce')

// The session itself gives a cancel request 5 seconds.
const CANCEL_GRACE_MILLIS = 6000

/** Takes a Client back. `keep`: the error is no reason to close its session (DV-1). */
function takeBack(pool, client, error, keep) {
  client._isHeld = false
  if (pool.options.allowExitOnIdle) client.connection.leaveToPool()
  client.on('error', client._idleListener)
  client._poolUseCount = (client._poolUseCount || 0) + 1
  // The fast path would pass by a patched query(), and would not let the session keep the process alive again (PO-7).
  if (Object.hasOwn(client, 'query') || !client.connection.isReferenced) pool._mustUseClients = true
  try {
    pool.emit('release', error, client)
  } finally {
    // What a listener throws is thrown by release(), as in pg, but must not cost the slot.
    const isBusy = client._activeQuery || client._queryQueue.length > 0 || client._sentQueryQueue.length > 0
    const destroy = Boolean(error && !keep) || isSpent(client)
    if (isBusy && !destroy) giveBackWhenDone(pool, client)
    else giveBack(pool, client, destroy)
  }
}

// A query is still under way: the session becomes free when it is done, or when the session is lost.
function giveBackWhenDone(pool, client) {
  const done = () => {
    clearTimeout(timer)
    client.removeListener('drain', done)
    client.removeListener('end', done)
    client._giveBackNow = undefined
    giveBack(pool, client, isSpent(client))
  }
  client.once('drain', done)
  client.once('end', done)
  client._giveBackNow = done
  for (const query of [client._activeQuery, ...client._queryQueue]) query?.handleRelease?.()
  if (pool.ending) endUnfinished([client])
  const timer = client._activeQuery?._abandoned ? setTimeout(abort, CANCEL_GRACE_MILLIS) : undefined
  timer?.unref()

  // Nobody waits for the query any more, and a server that answers nothing must not keep the slot.
  function abort() {
    client.connection.stream.destroy()
    client._queryable = false
    done()
  }
}

/** A cursor that nobody closed would hold up the end of its pool for ever: pg, too, cuts off what a released client does. */
function endUnfinished(clients) {
  for (const client of clients) {
    const query = client._activeQuery
    if (client._giveBackNow !== undefined && query && !(query instanceof Query)) client.end()
  }
}

const isSpent = (client) => !client._queryable || client._ending

function giveBack(pool, client, destroy) {
  const reason = native.release(pool._number, client.connection.session, destroy)
  if (reason === null) {
    pool._pulseQueue()
    return
  }
  if (reason === 'expended' || reason === 'expired') note(pool, `remove ${reason} client`)
  if (pool._owned.includes(client)) pool._remove(client, () => pool._pulseQueue())
}

module.exports = { endUnfinished, takeBack }
