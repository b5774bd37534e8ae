'use strict'

// `client.cursor()`: the rows of a query a page at a time, fetched when they are asked for.

const CursorQuery = require('./cursor-query')

const BATCH_SIZE = 100
// Execute counts rows in 31 bits.
const LARGEST_BATCH = 2 ** 31 - 1

// A cursor that nobody can reach any more must not hold up its Client.
const forgotten = new FinalizationRegistry((query) => query.close())

/** Begins with the first read; ends with the last row, `close()`, an error, or an abort. */
class Cursor {
  #client
  #query
  #batchSize

  /** @param {object} config see `cursorConfig` */
  constructor(client, config) {
    this.#client = client
    this.#batchSize = checkRows('batchSize', config.batchSize ?? BATCH_SIZE)
    this.#query = new CursorQuery(config)
    forgotten.register(this, this.#query, this)
  }

  /** The columns; empty before the first page. */
  get fields() {
    return this.#query._result.fields
  }

  /** Up to so many rows; none means that there are no more. Reads are answered in order. */
  read(rows = this.#batchSize) {
    checkRows('rows', rows)
    return this.#query.read(this.#client, rows)
  }

  /** Ends it. Resolves when the client is free for its next query; never rejects. */
  close() {
    forgotten.unregister(this)
    this.#query.close()
    return new Promise((resolve) => this.#query.whenOver(resolve))
  }

  /** Ends it, and has the server cancel the page that does not come soon. Calls back when the client is free. */
  _giveUp(callback) {
    forgotten.unregister(this)
    this.#query.giveUp()
    this.#query.whenOver(callback)
  }

  /** The rows in arrays of up to `batchSize`. */
  async *batches() {
    try {
      for (;;) {
        const rows = await this.read()
        if (rows.length === 0) return
        yield rows
      }
    } finally {
      await this.close()
    }
  }

  [Symbol.asyncIterator]() {
    return new Rows(this)
  }
}

if (Symbol.asyncDispose) {
  Cursor.prototype[Symbol.asyncDispose] = function () {
    return this.close()
  }
}

/** One row after the other. By hand: an async generator would take twice the time per row. */
class Rows {
  #cursor
  #page = []
  #at = 0
  #waiting = 0
  #last

  constructor(cursor) {
    this.#cursor = cursor
  }

  next() {
    if (this.#waiting === 0 && this.#at < this.#page.length) {
      return Promise.resolve({ value: this.#page[this.#at++], done: false })
    }
    // Whoever asks for many rows at once gets them in order.
    const before = this.#waiting === 0 ? undefined : this.#last
    this.#waiting++
    return (this.#last = this.#turn(before))
  }

  async #turn(before) {
    try {
      if (before !== undefined) await before.catch(() => {})
      if (this.#at >= this.#page.length && !(await this.#turnPage())) return { value: undefined, done: true }
      return { value: this.#page[this.#at++], done: false }
    } catch (error) {
      await this.#cursor.close()
      throw error
    } finally {
      this.#waiting--
    }
  }

  async #turnPage() {
    this.#at = 0
    this.#page = []
    this.#page = await this.#cursor.read()
    if (this.#page.length > 0) return true
    await this.#cursor.close()
    return false
  }

  async return(value) {
    this.#page = []
    await this.#cursor.close()
    return { value, done: true }
  }

  async throw(error) {
    await this.return()
    throw error
  }

  [Symbol.asyncIterator]() {
    return this
  }
}

function checkRows(name, rows) {
  if (Number.isInteger(rows) && rows > 0 && rows <= LARGEST_BATCH) return rows
  const error = new RangeError(`${name} must be a whole number of rows, 1 or more; it is ${String(rows)}`)
  error.code = 'ERR_OUT_OF_RANGE'
  throw error
}

/** One config of `(config)`, `(text, options?)` or `(text, values, options?)`. */
function cursorConfig(text, values, options) {
  if (text == null) throw new TypeError('Client was passed a null or undefined query')
  if (values != null && !Array.isArray(values)) {
    options = values
    values = undefined
  }
  const config = typeof text === 'string' ? { ...options, text } : { ...text, ...options }
  if (values != null) config.values = values
  return config
}

module.exports = { Cursor, cursorConfig, BATCH_SIZE }
