'use strict'

// A statement's result. It also works on its own: pg-cursor feeds it fields, rows and command tags.

const pgTypes = require('pg-types')

// `SELECT 5`, `INSERT 0 3` (oid, rows), `CREATE TABLE`: the first word and up to two numbers.
const COMMAND_TAG = /^([A-Za-z]+)(?: (\d+))?(?: (\d+))?/

class Result {
  // The order of the fields is pg's; TypeORM and pg-promise look at own properties.
  constructor(rowMode, types) {
    this.command = null
    this.rowCount = null
    this.oid = null
    this.rows = []
    this.fields = []
    this._parsers = undefined
    this._types = types
    this.RowCtor = null
    this.rowAsArray = rowMode === 'array'
    if (this.rowAsArray) this.parseRow = this._parseRowAsArray
    this._prebuiltEmptyResultObject = null
  }

  /** Takes over command, row count and oid from `{ text }` (or native's `{ command }`). */
  addCommandComplete(msg) {
    const tag = COMMAND_TAG.exec(msg.text || msg.command)
    if (tag === null) return
    const [, command, first, second] = tag
    this.command = command
    if (second !== undefined) {
      this.oid = parseInt(first, 10)
      this.rowCount = parseInt(second, 10)
    } else if (first !== undefined) {
      this.rowCount = parseInt(first, 10)
    }
  }

  _parseRowAsArray(rowData) {
    const row = new Array(rowData.length)
    for (let i = 0; i < rowData.length; i++) {
      row[i] = rowData[i] === null ? null : this._parsers[i](rowData[i])
    }
    return row
  }

  /** One row from the texts of its columns (`null` is SQL NULL). Of columns with one name the last one wins. */
  parseRow(rowData) {
    // Every name is an own property of the template already, so assigning `__proto__` sets a column.
    const row = { ...this._prebuiltEmptyResultObject }
    for (let i = 0; i < rowData.length; i++) {
      const field = this.fields[i]
      const name = field.name
      const raw = rowData[i]
      row[name] = raw === null ? null : this._parsers[i](field.format === 'binary' ? Buffer.from(raw) : raw)
    }
    return row
  }

  addRow(row) {
    this.rows.push(row)
  }

  /** Starts a set of rows: remembers the fields and chooses one parser per column. */
  addFields(fieldDescriptions) {
    this.fields = fieldDescriptions
    const types = this._types || pgTypes
    const template = Object.create(null)
    if (fieldDescriptions.length > 0) this._parsers = new Array(fieldDescriptions.length)
    for (let i = 0; i < fieldDescriptions.length; i++) {
      const { name, dataTypeID, format } = fieldDescriptions[i]
      template[name] = null
      this._parsers[i] = types.getTypeParser(dataTypeID, format || 'text')
    }
    // Spreading gives an ordinary object whose hostile names are own properties still.
    this._prebuiltEmptyResultObject = { ...template }
  }
}

module.exports = Result
