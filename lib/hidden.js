'use strict'

/** Gives an object a property that no inspection and no enumeration shows. */
function hide(object, key, value) {
  Object.defineProperty(object, key, { value, writable: true, enumerable: false, configurable: true })
}

module.exports = { hide }
