'use strict'

// `pg/lib` and `pg/lib/index` resolve here under an alias (M-3).
module.exports = require('../index.js')
