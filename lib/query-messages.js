'use strict'

// A Query's own way over `client.connection`, message by message, as pg's goes (K-4): for subclasses and patches that
// step in there, and for objects that hand `submit` on to a Query. All others go natively, which is faster.

const { checkCount } = require('./parameters')
const { checkText, nameTaken } = require('./query-checks')
const { prepareValue } = require('./utils')

/** What pg calls on a Query while it speaks the protocol, and the native way does not call, or not with messages. */
const hooks = {
  submit(connection) {
    const invalid = this._invalid()
    if (invalid !== undefined) return invalid
    const { name, text } = this
    const known = name && (connection.parsedStatements[name] || connection.submittedNamedStatements[name])
    if (text && known && text !== known) return nameTaken(name)
    try {
      checkText(text || '')
      checkText(name || '')
      if (this.requiresPreparation()) {
        checkCount(this.values ? this.values.length : 0)
        corked(connection.stream, () => this.prepare(connection))
      } else {
        connection.query(text)
      }
    } catch (error) {
      if (this._isSynced !== false) return error // nothing was sent
      // A hook of a subclass threw in the middle of it: the error comes with ReadyForQuery.
      this._canceledDueToError = error
      this._sync(connection)
    }
    return null
  },

  prepare(connection) {
    this._isSynced = false
    if (!this.hasBeenParsed(connection)) {
      connection.parse({ text: this.text, name: this.name, types: this.types })
      if (this.name) connection.submittedNamedStatements[this.name] = this.text
    }
    try {
      connection.bind({
        portal: this.portal,
        statement: this.name,
        values: this.values,
        binary: this.binary,
        valueMapper: prepareValue,
      })
    } catch (error) {
      // A value's own code threw. pg calls back twice, now and at ReadyForQuery: once is enough (DV-15).
      this._canceledDueToError = error
      this._sync(connection)
      return
    }
    connection.describe({ type: 'P', name: this.portal || '' })
    this._getRows(connection, this.rows)
  },

  hasBeenParsed(connection) {
    const { name } = this
    if (!name) return name
    return (
      connection.parsedStatements[name] !== undefined ||
      connection.submittedNamedStatements[name] !== undefined
    )
  },

  /** Asks for all rows, or for the next page of them: pages are fetched without a Sync, which would close the portal. */
  _getRows(connection, rows) {
    connection.execute({ portal: this.portal, rows })
    if (rows) connection.flush()
    else this._sync(connection)
  },

  handleRowDescription(msg) {
    this._checkForMultirow()
    this._accumulateRows = this.callback || this.listenerCount('row') === 0
    this._result.addFields(msg.fields)
  },

  handleDataRow(msg) {
    if (this._canceledDueToError) return
    let row
    try {
      row = this._result.parseRow(msg.fields)
    } catch (error) {
      // the rest of the rows is ignored and the error comes with ReadyForQuery.
      this._canceledDueToError = error
      return
    }
    this._emitRow(row)
  },

  handlePortalSuspended(connection) {
    this._getRows(connection, this.rows)
  },

  handleCommandComplete(msg, connection) {
    this._completeCommand(msg.text)
    if (this.rows) this._sync(connection)
  },

  handleEmptyQuery(connection) {
    if (this.rows) this._sync(connection)
  },

  handleCopyInResponse(connection) {
    connection.sendCopyFail('No source stream defined')
    // The Sync sent with the query was swallowed while the backend was in copy mode.
    if (this._isSynced) connection.sync()
  },

  handleCopyData() {},
}

function corked(stream, write) {
  stream?.cork?.()
  try {
    write()
  } finally {
    stream?.uncork?.()
  }
}

/** Whether a query, of whatever class, speaks the protocol itself. */
function speaksItself(query) {
  return (
    query.submit !== hooks.submit ||
    query.handleDataRow !== hooks.handleDataRow ||
    query.handleRowDescription !== hooks.handleRowDescription ||
    query.handleCommandComplete !== hooks.handleCommandComplete ||
    query.handleEmptyQuery !== hooks.handleEmptyQuery ||
    query.handlePortalSuspended !== hooks.handlePortalSuspended ||
    query.handleCopyInResponse !== hooks.handleCopyInResponse ||
    query.handleCopyData !== hooks.handleCopyData ||
    query.prepare !== hooks.prepare ||
    query.hasBeenParsed !== hooks.hasBeenParsed ||
    query._getRows !== hooks._getRows
  )
}

/** Sends a query, its own way or natively. What it returns is an error that the Client delivers. */
function send(query, connection) {
  if (!speaksItself(query)) return query._submitNatively(connection)
  const { bytesLent } = connection
  try {
    return query.submit(connection)
  } catch (error) {
    // pg's client serves nobody any more. But of a message sequence that breaks off, the server knows no end.
    if (connection.bytesLent !== bytesLent) connection.stream.destroy()
    return error || new Error(`The submit() of a query threw ${error}`)
  }
}

module.exports = { hooks, send, speaksItself }
