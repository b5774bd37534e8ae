'use strict'

// JavaScript's half of a plan: the columns of a result, the kind of each, and the row builders made for them.

const { Field } = require('pg-protocol/dist/messages')
const pgTypes = require('pg-types')
const { KIND, kindOf, isIdentity, isJson } = require('./kinds')
const { rowBuilder } = require('./row-builder')
const TypeOverrides = require('./type-overrides')

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
    this._reading = undefined
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

  /**
   * What the parsers of now make of this plan. `types` may be the application's own code, and is asked once per
   * column and result. As long as it gives the same answers, so does this.
   *
   * @returns {{ parsers: Function[], kinds: Uint8Array | undefined, contradicts: boolean }} `kinds`: what would be
   *   better than this plan's; `contradicts`: values were decoded although their parser is not the default
   */
  reading(types) {
    const { columns } = this
    const source = plainTypes(types)
    let reading = this._reading
    let known = reading === undefined ? [] : reading.parsers
    let same = reading !== undefined
    for (let i = 0; i < columns.length; i++) {
      const parser = source.getTypeParser(columns[i].dataTypeID, columns[i].format === 0 ? 'text' : 'binary')
      if (parser === known[i]) continue
      if (same) {
        same = false
        known = known.slice()
      }
      known[i] = parser
    }
    if (!same) reading = this._reading = this._read(known)
    return reading
  }

  _read(parsers) {
    return {
      parsers,
      kinds: this._betterKinds(parsers),
      contradicts: this.contradicts(parsers),
      builders: [],
    }
  }

  // The kinds that these parsers allow; `undefined` if they are this plan's already.
  _betterKinds(parsers) {
    const { columns, kinds } = this
    for (let i = 0; i < columns.length; i++) {
      if (this._kindFor(i, parsers[i]) !== kinds[i]) {
        return Uint8Array.from(columns, (_, column) => this._kindFor(column, parsers[column]))
      }
    }
    return undefined
  }

  /** Whether values were decoded although their parser, one of these, is not the default. */
  contradicts(parsers) {
    return this.kinds.some((kind, i) => kind !== KIND.TEXT && this._kindFor(i, parsers[i]) !== kind)
  }

  _kindFor(i, parser) {
    const column = this.columns[i]
    return column.format === 0 ? kindOf(column.dataTypeID, parser) : KIND.BYTES
  }

  /** The same columns in other kinds. */
  withKinds(id, kinds) {
    return new Plan(id, this.columns, Array.from(kinds))
  }

  /** A function that turns a batch into rows for this reading. */
  builderOf(reading, asArray) {
    const which = asArray ? 1 : 0
    return (reading.builders[which] ??= this.builder(reading.parsers, asArray))
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

// Without overrides of its own, a TypeOverrides gives what the global registry gives.
function plainTypes(types) {
  if (!types) return pgTypes
  if (types instanceof TypeOverrides && types._types === pgTypes) {
    if (isEmpty(types.text) && isEmpty(types.binary)) return pgTypes
  }
  return types
}

function isEmpty(object) {
  for (const _ in object) return false
  return true
}

module.exports = Plan
