'use strict'

// `pipeline: true` (2.24): every query is written at once and with a Sync of its own; the answers come in that order.

const { native, takeTicket, freeTicket } = require('./mailbox')
const { send, speaksItself } = require('./query-messages')
const { nextTick } = require('./turns')

/** The flights of each session, by its Connection. */
const underWay = new WeakMap()

/**
 * One query on the wire. It has a ticket of its own, because JavaScript judges the plan of one result while the
 * native side may be at the next one (`settle` in lib/result-set.js).
 */
class Flight {
  constructor(client, query) {
    this._client = client
    this._query = query
    this.ticket = takeTicket(this)
    flightsOf(client.connection).add(this)
  }

  onRows(batch) {
    if (this._client._activeQuery === this._query) this._query._receiveRows(batch, this.ticket)
  }

  onCommand(text) {
    this._client.onCommand(text)
  }

  onEmpty() {
    this._client.onEmpty()
  }

  onFailed(error) {
    this._client.onFailed(error)
  }

  onReady(status) {
    this.end()
    this._client.onReady(status)
  }

  /** Nothing will come for it any more. */
  end() {
    if (underWay.get(this._client.connection).delete(this)) freeTicket(this.ticket)
  }
}

function flightsOf(connection) {
  let flights = underWay.get(connection)
  if (flights === undefined) {
    flights = new Set()
    underWay.set(connection, flights)
    // A lost session answers nothing: `end` comes behind its last delivery.
    connection.once('end', () => {
      for (const flight of flights) flight.end()
    })
  }
  return flights
}

/** Why a query can not share a session with others, or undefined. */
function pipelineRefusal(query, isForeign) {
  if (isForeign) {
    return new Error(
      'Custom query classes such as pg-cursor and pg-query-stream are not supported in pipeline mode'
    )
  }
  return query.rows ? new Error('The `rows` option is not supported in pipeline mode') : undefined
}

/** Clients whose active query speaks the protocol itself, and therefore alone. */
const speaking = new WeakSet()

/** Writes what waits, and makes the oldest query without an answer the active one. */
function pulse(client) {
  if (!client._connected || !client._queryable) return
  if (client.readyForQuery) speaking.delete(client)
  if (speaking.has(client)) return
  sendWaiting(client)
  const { _sentQueryQueue: sent } = client
  if (client.readyForQuery && !client._activeQuery && sent.length > 0) {
    client._activeQuery = sent.shift()
    client.readyForQuery = false
  }
  if (!hasWork(client) && client.hasExecuted) client.emit('drain')
}

function sendWaiting(client) {
  const { connection, _queryQueue: waiting, _sentQueryQueue: sent } = client
  while (waiting.length > 0) {
    const isAlone = speaksItself(waiting[0])
    if (isAlone && (!client.readyForQuery || client._activeQuery || sent.length > 0)) return
    const query = waiting.shift()
    client.hasExecuted = true
    const error = isAlone ? converse(client, query) : launch(client, query)
    if (error) nextTick(() => query.handleError(error, connection))
    else if (isAlone) return
    else sent.push(query)
  }
}

// It is the active query when it writes, so that the answers are known to be its own.
function converse(client, query) {
  client._activeQuery = query
  const error = send(query, client.connection)
  if (error) {
    client._activeQuery = null
    return error
  }
  client.readyForQuery = false
  speaking.add(client)
  return null
}

function launch(client, query) {
  const { connection } = client
  const flight = new Flight(client, query)
  const own = connection.ticket
  connection.ticket = flight.ticket
  const error = query._submitNatively(connection)
  connection.ticket = own
  if (error) flight.end()
  return error
}

/** Whether queries wait for their turn or their answer. */
function hasWork(client) {
  return Boolean(client._activeQuery) || client._sentQueryQueue.length > 0 || client._queryQueue.length > 0
}

/**
 * Nobody waits any more for a query that was written.
 *
 * @param {boolean} isLate it has used up its time, and so have those behind it to wait (TO-3)
 */
function abandonSent(client, query, isLate) {
  const isActive = client._activeQuery === query
  const isSent = client._sentQueryQueue.includes(query)
  // A request to cancel names the session, not the query: with others behind, it could hit one of them.
  const isAlone = isActive && client._sentQueryQueue.length === 0
  if (isAlone || ((isActive || isSent) && isLate)) native.cancel(client.connection.session)
  if (!isAlone && (isActive || isSent) && isLate) client.connection.stream.destroy()
}

module.exports = { abandonSent, hasWork, pipelineRefusal, pulse }
