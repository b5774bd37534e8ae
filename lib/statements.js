'use strict'

// Statement texts cross the boundary once; afterwards a number stands for them.

const CAPACITY = 1000
// Longer texts are mostly generated and never seen again: they are forgotten after use.
const LONGEST = 8192

// The server cuts longer names off.
const LONGEST_NAME = 63

// pg's own words, and its own way of saying them.
/* eslint-disable no-console */
function warnLongName(name) {
  console.error('Warning! Postgres only supports 63 characters for query names.')
  console.error('You supplied %s (%s)', name, name.length)
  console.error('This can cause conflicts and silent errors executing queries')
}
/* eslint-enable no-console */

class Statements {
  /** @param {object} native the NativeEnvironment */
  constructor(native) {
    this._native = native
    this._unnamed = new Map()
    this._named = new Map()
    this._evicted = []
  }

  /** The number of a statement, registered if it is new. `name` is '' for an unnamed one. */
  number(text, name) {
    const table = name === '' ? this._unnamed : this._tableOf(name)
    const known = table.get(text)
    if (known !== undefined) return known
    return this._register(text, name, table)
  }

  _tableOf(name) {
    let table = this._named.get(name)
    if (table === undefined) this._named.set(name, (table = new Map()))
    return table
  }

  _register(text, name, table) {
    if (name.length > LONGEST_NAME) warnLongName(name)
    const number = this._native.registerStatement(text, name)
    if (text.length > LONGEST) {
      this._evicted.push(number)
      return number
    }
    table.set(text, number)
    if (this._unnamed.size + this._named.size > CAPACITY) this._evictOldest()
    return number
  }

  // Maps iterate in the order of insertion, so the first entry is the oldest.
  _evictOldest() {
    const unnamed = this._unnamed.size >= this._named.size
    const [key] = unnamed ? this._unnamed.keys() : this._named.keys()
    if (unnamed) {
      this._evicted.push(this._unnamed.get(key))
      this._unnamed.delete(key)
    } else {
      this._evicted.push(...this._named.get(key).values())
      this._named.delete(key)
    }
  }

  /** Gives the numbers of evicted statements free. Queries that were sent keep their statement alive. */
  sweep() {
    while (this._evicted.length > 0) this._native.forgetStatement(this._evicted.pop())
  }
}

module.exports = Statements
