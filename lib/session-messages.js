'use strict'

// What a session has read itself, as the message objects of pg-protocol, for the Client's and the connection's
// listeners. The messages of ordinary queries' results are not among them: rows never exist as messages.

const { toNotice } = require('./errors')
const {
  NotificationResponseMessage,
  ParameterStatusMessage,
  ReadyForQueryMessage,
} = require('pg-protocol/dist/messages')

function tellNotice(client, detail) {
  const notice = toNotice(detail)
  client.emit('notice', notice)
  client.connection.tell(notice)
}

function tellNotification(client, { length, processId, channel, payload }) {
  const message = new NotificationResponseMessage(length, processId, channel, payload)
  client.emit('notification', message)
  client.connection.tell(message)
}

function tellParameter({ connection }, [name, value]) {
  const length = 4 + Buffer.byteLength(name) + Buffer.byteLength(value) + 2
  connection.tell(new ParameterStatusMessage(length, name, value))
}

// pg-cursor's close() waits for the next one, whoever's it is.
function tellReady(connection, status) {
  if (connection.listenerCount('readyForQuery') > 0 || connection._emitMessage) {
    connection.tell(new ReadyForQueryMessage(5, String.fromCharCode(status)))
  }
}

module.exports = { tellNotice, tellNotification, tellParameter, tellReady }
