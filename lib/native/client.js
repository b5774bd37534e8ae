'use strict'

// pg's libpq client, for those who ask for it (E-14): the one Client there is, whose native half is not libpq.
module.exports = require('../client')
