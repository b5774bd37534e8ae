'use strict'

// See client.js.
module.exports = require('../query')
