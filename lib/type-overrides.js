'use strict'

// Parsers of one client over the global registry (catalogue 3.5). A constructor function and not a class:
// MikroORM and others call and extend it in the old style.

const pgTypes = require('pg-types')

function TypeOverrides(userTypes) {
  this._types = userTypes || pgTypes
  this.text = {}
  this.binary = {}
}

// An unknown format yields a table that nobody keeps.
TypeOverrides.prototype.getOverrides = function (format) {
  return format === 'text' || format === 'binary' ? this[format] : {}
}

TypeOverrides.prototype.setTypeParser = function (oid, format, parseFn) {
  const formatOmitted = typeof format === 'function'
  this.getOverrides(formatOmitted ? 'text' : format)[oid] = formatOmitted ? format : parseFn
}

TypeOverrides.prototype.getTypeParser = function (oid, format) {
  const wanted = format || 'text'
  return this.getOverrides(wanted)[oid] || this._types.getTypeParser(oid, wanted)
}

module.exports = TypeOverrides
