'use strict'

// Patches Client as tracing tools do that know pg's files: when lib/client.js has been loaded, and before any other file
// of the driver can have taken a look at it. Prints whose methods pool.query() then went through.
const Module = require('node:module')

const calls = []
const patched = new Set()
const { require: load } = Module.prototype

function patch(prototype, name) {
  const method = prototype[name]
  prototype[name] = function (...args) {
    calls.push(name)
    return method.apply(this, args)
  }
}

Module.prototype.require = function (id) {
  const exported = load.call(this, id)
  if (id === './client' && !patched.has(exported)) {
    patched.add(exported)
    patch(exported.prototype, 'connect')
    patch(exported.prototype, 'query')
  }
  return exported
}

async function main([driver]) {
  const { Pool } = require('../../support/drivers').drivers[driver]
  const { sharedServer } = require('../../support/server')
  const pool = new Pool(sharedServer().config)
  await pool.query('SELECT 1')
  await pool.query('SELECT $1::int', [1])
  await pool.end()
  console.log(calls.join(' '))
}

main(process.argv.slice(2))
