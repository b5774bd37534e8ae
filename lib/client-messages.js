'use strict'

// What a Client makes of the messages that come over a lent stream: the hooks of its active Submittable, in the order
// of the wire and with pg's own message objects (catalogue 5.1).

/** Messages that need an active query (L-6). */
const HOOKS = {
  rowDescription: (query, message) => query.handleRowDescription(message),
  dataRow: (query, message) => query.handleDataRow(message),
  portalSuspended: (query, message, connection) => query.handlePortalSuspended(connection),
  emptyQuery: (query, message, connection) => query.handleEmptyQuery(connection),
  commandComplete: (query, message, connection) => query.handleCommandComplete(message, connection),
  parseComplete: noteParsed,
  copyInResponse: (query, message, connection) => query.handleCopyInResponse(connection),
  copyData: (query, message, connection) => query.handleCopyData(message, connection),
}

// The backend knows the statement from now on (PS-1).
function noteParsed({ name, text }, message, connection) {
  if (!name) return
  connection.parsedStatements[name] = text
  delete connection.submittedNamedStatements[name]
}

/** Takes a message that came over the lent stream of the Client's session. */
function receive(client, message) {
  const hook = HOOKS[message.name]
  if (hook !== undefined) {
    const query = client._getActiveQuery()
    if (query == null) {
      client._handleErrorEvent(new Error(`Received unexpected ${message.name} message from backend.`))
    } else {
      hook(query, message, client.connection)
    }
    return
  }
  switch (message.name) {
    case 'readyForQuery':
      client._handleReadyForQuery(message.status)
      return
    case 'error':
      client._handleErrorMessage(message)
      return
    case 'notice':
    case 'notification':
      client.emit(message.name, message)
  }
}

module.exports = receive
