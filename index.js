'use strict'

const types = require('pg-types')
const { DatabaseError } = require('pg-protocol')
const defaults = require('./lib/defaults')
const utils = require('./lib/utils')
const Client = require('./lib/client')
const Connection = require('./lib/connection')
const Pool = require('./lib/pool')
const Query = require('./lib/query')
const Result = require('./lib/result')
const TypeOverrides = require('./lib/type-overrides')

const { escapeIdentifier, escapeLiteral } = utils
const _pools = []

// pg's own name for the class that users get (E-2).
class BoundPool extends Pool {
  constructor(options) {
    super(options, Client)
  }
}

// The shape of this literal lets Node find the names for ESM imports (E-16).
module.exports = {
  defaults,
  Client,
  Query,
  Pool: BoundPool,
  _pools,
  Connection,
  types,
  DatabaseError,
  TypeOverrides,
  escapeIdentifier,
  escapeLiteral,
  Result,
  utils,
}

// pg exports an instance of a class of its own, which some tell from a plain config object.
function PG() {}
Object.setPrototypeOf(module.exports, PG.prototype)

// There is no second client, based on libpq: this one is native already, and who asks for a native one gets it (E-14).
Object.defineProperty(module.exports, 'native', {
  configurable: true,
  enumerable: false,
  value: module.exports,
})
