'use strict'

// As an app with `"pg": "npm:oxpg"` has it: whoever requires `pg`, or a file of it, gets oxpg.

const Module = require('node:module')
const path = require('node:path')

const root = path.join(__dirname, '..', '..', '..')
const resolve = Module._resolveFilename

Module._resolveFilename = function (request, ...rest) {
  if (request === 'pg') request = root
  else if (request.startsWith('pg/')) request = path.join(root, request.slice(3))
  return resolve.call(this, request, ...rest)
}
