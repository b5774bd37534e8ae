'use strict'

// See client.js. `lib/native.js`, beside this folder, loads the binary.
module.exports = require('./client')
