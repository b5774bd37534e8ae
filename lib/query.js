'use strict'

const { EventEmitter } = require('events')
const { DatabaseError } = require('pg-protocol')
const { encode } = require('./parameters')
const { hot, statements, flushSoon } = require('./mailbox')
const { checkText, nameTaken, notText } = require('./query-checks')
const { hooks } = require('./query-messages')
const { notePristine } = require('./pristine')
const Result = require('./result')
const ResultSet = require('./result-set')
const { limitsOf } = require('./limits')
const { throwLater } = require('./turns')

/** Bits of `submit`'s flags; `flag` in src/binding/hot.rs. */
const FLAG = {
  POOL: 1,
  EXTENDED: 2,
  CUSTOM_TYPES: 4,
  BINARY: 8,
  FORMATS: 16,
  CURSOR: 32,
  COPY_IN: 64,
  COPY_OUT: 128,
  LIMITS: 256,
}
/** What `submit` says; `code_of` in src/binding/hot.rs. */
const REFUSED = { CLOSED: 1, NAME_TAKEN: 2, UNSENDABLE: 3 }

const NOTHING = {}

/** One execution of a statement: what to send, and what becomes of the answer (K-1). */
class Query extends EventEmitter {
  constructor(config, values, callback) {
    super()
    // What `utils.normalizeQueryConfig` does, without a copy: nothing here changes the caller's object.
    const isText = typeof config === 'string'
    const text = isText ? config : config.text
    if (isText) config = NOTHING
    const hasValues = values && typeof values !== 'function'
    this.text = text
    this.values = hasValues ? values : config.values
    this.rows = config.rows
    this.types = config.types
    this.name = config.name
    this.queryMode = config.queryMode
    this.binary = config.binary
    this.portal = config.portal || ''
    this.callback = callback || (typeof values === 'function' ? values : config.callback)
    this._rowMode = config.rowMode
    if (config.maxResultBytes !== undefined || config.maxFieldBytes !== undefined) {
      this._limits = limitsOf(config)
    }
    // K-5: the callback belongs to the domain in which the query was made.
    if (process.domain && this.callback) this.callback = process.domain.bind(this.callback)
    this._result = new Result(this._rowMode, this.types)
    // One Result, or a list of them when the text held several statements (MS-1).
    this._results = this._result
    this._canceledDueToError = false
  }

  /** Whether the extended protocol is needed (2.12). */
  requiresPreparation() {
    if (this.queryMode === 'extended' || this.name || this.rows) return true
    return Boolean(this.text && this.values && this.values.length > 0)
  }

  /** pg's refusal of a query that cannot be right, or undefined. */
  _invalid() {
    if (typeof this.text !== 'string' && typeof this.name !== 'string') {
      return new Error('A query must have either text or a name. Supplying neither is unsupported.')
    }
    for (const key of ['text', 'name']) {
      if (this[key] && typeof this[key] !== 'string') return notText(key, this[key])
    }
    if (this.values && !Array.isArray(this.values)) return new Error('Query values must be an array')
    return undefined
  }

  /** Sends the query over the Client's session. An error returned is delivered by the Client. */
  _submitNatively(connection) {
    const invalid = this._invalid()
    if (invalid !== undefined) return invalid
    try {
      return this._send(connection.session, connection.ticket, 0)
    } catch (error) {
      // User code threw while a parameter was serialised: nothing was sent.
      return error
    }
  }

  /** Sends the query to a session, or with FLAG.POOL to a pool. Returns an error if it was refused. */
  _send(target, ticket, flags) {
    const { text, name, values } = this
    const statement = statements.number(text ? checkText(text) : '', name ? checkText(name) : '')
    this._statement = statement
    if (this._result._types !== undefined && this.types) flags |= FLAG.CUSTOM_TYPES
    let refusal
    if (this.requiresPreparation()) {
      flags |= this.binary ? FLAG.EXTENDED | FLAG.BINARY : FLAG.EXTENDED
      refusal = this._sendExtended(target, ticket, statement, flags, values || [])
    } else if (this._limits !== undefined) {
      refusal = submitLimited(this._limits, target, ticket, statement, flags, 0, 0, 0, undefined, '')
    } else {
      refusal = hot.submit(target, ticket, statement, flags, 0, 0)
    }
    this._flags = flags
    flushSoon()
    return refusal === 0 ? null : refusalError(refusal, name)
  }

  _sendExtended(target, ticket, statement, flags, values) {
    const rows = Number(this.rows) || 0
    const encoded = encode(values)
    const { count, length, formats, buffer } = encoded
    encoded.buffer = undefined
    if (formats) flags |= FLAG.FORMATS
    if (this._limits !== undefined) {
      return submitLimited(
        this._limits,
        target,
        ticket,
        statement,
        flags,
        count,
        length,
        rows,
        buffer,
        this.portal
      )
    }
    if (this.portal) {
      return hot.submit(target, ticket, statement, flags, count, length, rows, buffer, this.portal)
    }
    return hot.submit(target, ticket, statement, flags, count, length, rows, buffer)
  }

  /** Rows came, possibly none: the first batch of a result starts it. */
  _receiveRows(batch, ticket) {
    if (this._canceledDueToError) return
    let set = this._set
    if (set === undefined) {
      this._checkForMultirow()
      this._accumulateRows = this.callback || this.listenerCount('row') === 0
      try {
        set = this._set = new ResultSet(this._result, batch.plan)
      } catch (error) {
        this._canceledDueToError = error
        return
      }
    }
    const rows = this._accumulateRows && this.listenerCount('row') === 0 ? this._result.rows : this._emitter()
    try {
      set.append(batch, rows, {
        ticket,
        statement: this._statement,
        customTypes: (this._flags & FLAG.CUSTOM_TYPES) !== 0,
      })
    } catch (error) {
      // the rest of the rows is ignored and the error comes with ReadyForQuery.
      this._canceledDueToError = error
    }
  }

  // Takes rows as an array would, and gives each to the listeners before the next one is parsed.
  _emitter() {
    return { push: (row) => this._emitRow(row) }
  }

  _emitRow(row) {
    try {
      this.emit('row', row, this._result)
    } catch (error) {
      throwLater(error)
    }
    if (this._accumulateRows) this._result.addRow(row)
  }

  // A second CommandComplete or RowDescription in one simple query starts another Result.
  _checkForMultirow() {
    if (!this._result.command) return
    if (!Array.isArray(this._results)) this._results = [this._result]
    this._result = new Result(this._rowMode, this._result._types)
    this._results.push(this._result)
  }

  _completeCommand(text) {
    // Without rows there was no RowDescription to start the result.
    if (this._set === undefined) this._checkForMultirow()
    this._set = undefined
    readCommandTag(this._result, text)
  }

  /** The Sync that ends the query, once: a second one would end the next query before its time. */
  _sync(connection) {
    if (this._isSynced) return
    this._isSynced = true
    connection.sync()
  }

  handleError(err, connection) {
    // Its own way, page by page: the backend discards everything until a Sync comes (DV-9).
    if (this._isSynced === false && err instanceof DatabaseError) this._sync(connection)
    if (this._canceledDueToError) {
      err = this._canceledDueToError
      this._canceledDueToError = false
    }
    if (this.callback) {
      return this._context ? this._context.runInAsyncScope(this.callback, this, err) : this.callback(err)
    }
    this.emit('error', err)
  }

  handleReadyForQuery(connection) {
    if (this._canceledDueToError) return this.handleError(this._canceledDueToError, connection)
    if (this.callback) {
      try {
        if (this._context) this._context.runInAsyncScope(this.callback, this, null, this._results)
        else this.callback(null, this._results)
      } catch (error) {
        throwLater(error)
      }
    }
    this.emit('end', this._results)
  }
}

// In what a caller's callback is called; see lib/context.js. Around `callback`, not within it: tracing tools replace it.
Query.prototype._context = undefined

for (const [name, hook] of Object.entries(hooks)) {
  Object.defineProperty(Query.prototype, name, { value: hook, writable: true, configurable: true })
}

// Bookkeeping of an execution: not enumerable, because pg's Query has no such properties.
for (const key of ['_set', '_statement', '_flags', '_abandoned', '_isSynced', '_limits']) {
  Object.defineProperty(Query.prototype, key, { value: undefined, writable: true, enumerable: false })
}

// Applications run few commands, and most of them again and again.
const commandTags = new Map()
const MOST_TAGS = 1000

/** What `Result.addCommandComplete` does, with a memory. */
function readCommandTag(result, text) {
  let tag = commandTags.get(text)
  if (tag === undefined) {
    tag = new Result()
    tag.addCommandComplete({ text })
    if (commandTags.size >= MOST_TAGS) commandTags.clear()
    commandTags.set(text, tag)
  }
  if (tag.command === null) return
  result.command = tag.command
  if (tag.rowCount !== null) result.rowCount = tag.rowCount
  if (tag.oid !== null) result.oid = tag.oid
}

function submitLimited({ result, field }, target, ticket, statement, flags, ...rest) {
  return hot.submit(target, ticket, statement, flags | FLAG.LIMITS, ...rest, result, field)
}

function refusalError(refusal, name) {
  switch (refusal) {
    case REFUSED.NAME_TAKEN:
      return nameTaken(name)
    case REFUSED.UNSENDABLE:
      return new Error('The query is longer than the 2 GiB that PostgreSQL can receive in one message')
    default:
      return new Error('Client has encountered a connection error and is not queryable')
  }
}

const { handleError, handleReadyForQuery } = Query.prototype
notePristine({ handleError, handleReadyForQuery })

module.exports = Query
module.exports.FLAG = FLAG
