'use strict'

// What the native side has to tell about a session, on its way to the Client that has it.

const EVENT = require('./events')
const { toError } = require('./errors')
const { answerPassword } = require('./password')
const { tellNotice, tellNotification, tellParameter } = require('./session-messages')

/**
 * Tells a Client of an event.
 *
 * @param {import('./client')} client
 * @param {number} kind one of lib/events.js
 * @param {number} ticket of the query or the wish
 * @param {string} detail mostly JSON; see `EventKind` in src/session/outlet.rs
 */
function tell(client, kind, ticket, detail) {
  const { connection } = client
  if (kind === EVENT.LENT) return connection.stream.handleArrival()
  if (kind === EVENT.ROOM) return connection.stream.handleRoom()
  // What a lent stream brought comes first.
  const isMessage = kind >= EVENT.NOTICE && kind <= EVENT.CLOSED
  if (isMessage && connection.defer(() => tell(client, kind, ticket, detail))) return undefined
  switch (kind) {
    case EVENT.CONNECTED:
      return client._handleConnected(JSON.parse(detail))
    case EVENT.CONNECT_FAILED:
      return client._handleConnectFailed(JSON.parse(detail))
    case EVENT.PASSWORD_WANTED:
      return answerPassword(client, ticket)
    case EVENT.NOTICE:
      return tellNotice(client, JSON.parse(detail))
    case EVENT.NOTIFICATION:
      return tellNotification(client, JSON.parse(detail))
    case EVENT.PARAMETER:
      return tellParameter(client, JSON.parse(detail))
    case EVENT.SESSION_ERROR:
      return client._handleErrorMessage(toError(detail))
    case EVENT.STRAY:
      return client._handleErrorEvent(new Error(`Received unexpected ${detail} message from backend.`))
    case EVENT.CLOSED:
      return client._handleClosed(detail)
    case EVENT.BRIDGE:
      return connection.handleWish(client, ticket, detail)
    default:
      return client._activeQuery?.handleSessionEvent?.(kind, detail)
  }
}

module.exports = { tell }
