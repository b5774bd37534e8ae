'use strict'

// pg's two ways of making a stream, for a Connection that is used on its own.

const net = require('net')
const tls = require('tls')

/** A socket that is not connected yet. */
function getStream() {
  return new net.Socket()
}

/** TLS over the socket in `options`. */
function getSecureStream(options) {
  return tls.connect(options)
}

module.exports = { getStream, getSecureStream }
