'use strict'

// JavaScript's half of a plan: the columns of a result, the kind of each, and the row builders made for them.

const { Field } = require('pg-protocol/dist/messages')
const pgTypes = require('pg-types')
const { KIND, kindOf, isIdentity, isJson } = require('./kinds')
const { rowBuilder } = require('./row-builder')

// One per set of custom parsers and row mode; an app that makes new shapes for ever must not fill the memory.
const MOST_BUILDERS = 16

class Plan {
  constructor(id, columns, kinds) {
    this.id = id
    this.columns = columns
    this.kinds = kinds
    this.jsonColumns = kinds.filter(isJson).length
    this._builders = new Map()
    this._emptyRow = undefined
  }

  /** A result's own Field objects: applications may change theirs. */
  fields() {
    const { columns } = this
    const fields = new Array(columns.length)
    for (let i = 0; i < columns.length; i++) {
      const c = columns[i]
      fields[i] = new Field(
        c.name,
        c.tableID,
        c.columnID,
        c.dataTypeID,
        c.dataTypeSize,
        c.dataTypeModifier,
        c.format === 0 ? 'text' : 'binary'
      )
    }
    return fields
  }

  /** One parser per column, chosen now. `types` may be the application's own code. */
  parsers(types) {
    const { columns } = this
    const parsers = new Array(columns.length)
    for (let i = 0; i < columns.length; i++) {
      const format = columns[i].format === 0 ? 'text' : 'binary'
      parsers[i] = (types || pgTypes).getTypeParser(columns[i].dataTypeID, format)
    }
    return parsers
  }

  /** The kinds that these parsers allow; `undefined` if they are this plan's already. */
  betterKinds(parsers) {
    const { columns, kinds } = this
    for (let i = 0; i < columns.length; i++) {
      if (this._kindFor(i, parsers[i]) !== kinds[i]) {
        return Uint8Array.from(columns, (_, column) => this._kindFor(column, parsers[column]))
      }
    }
    return undefined
  }

  /** Whether a column was decoded although its parser is not the default. */
  contradicts(parsers) {
    return this.kinds.some((kind, i) => kind !== KIND.TEXT && this._kindFor(i, parsers[i]) !== kind)
  }

  _kindFor(i, parser) {
    const column = this.columns[i]
    return column.format === 0 ? kindOf(column.dataTypeID, parser) : KIND.TEXT
  }

  /** The same columns in other kinds. */
  withKinds(id, kinds) {
    return new Plan(id, this.columns, Array.from(kinds))
  }

  /** A function that turns a batch into rows. */
  builder(parsers, asArray) {
    let key = asArray ? 'a' : 'o'
    for (let i = 0; i < parsers.length; i++) key += isIdentity(parsers[i]) ? '1' : '0'
    let builder = this._builders.get(key)
    if (builder === undefined) {
      if (this._builders.size >= MOST_BUILDERS) this._builders.clear()
      builder = rowBuilder(this.columns, this.kinds, parsers.map(isIdentity), asArray)
      this._builders.set(key, builder)
    }
    return builder
  }

  /** What `Result` keeps as the template of its rows. */
  emptyRow() {
    if (this._emptyRow === undefined) {
      const row = Object.create(null)
      for (const { name } of this.columns) row[name] = null
      this._emptyRow = { ...row }
    }
    return this._emptyRow
  }
}

module.exports = Plan
