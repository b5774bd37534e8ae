'use strict'

// What Client and Pool have beyond pg: cursors, row streams and COPY (docs/streaming.md).

const { CopyFrom, CopyTo } = require('./copy')
const { Cursor, cursorConfig } = require('./cursor')
const PoolStream = require('./pool-stream')

const ofBoth = {
  copyFrom(text, options) {
    return new CopyFrom(this, text, options)
  },

  copyTo(text, options) {
    return new CopyTo(this, text, options)
  },
}

const ofClient = {
  ...ofBoth,

  cursor(text, values, options) {
    return new Cursor(this, cursorConfig(text, values, options))
  },
}

const ofPool = {
  ...ofBoth,

  stream(text, values, options) {
    return new PoolStream(this, cursorConfig(text, values, options))
  },
}

// As the methods of a class are: not enumerable, and replaceable.
function add(prototype, methods) {
  for (const [name, value] of Object.entries(methods)) {
    Object.defineProperty(prototype, name, { value, writable: true, enumerable: false, configurable: true })
  }
}

module.exports = {
  addClientStreams: (prototype) => add(prototype, ofClient),
  addPoolStreams: (prototype) => add(prototype, ofPool),
}
