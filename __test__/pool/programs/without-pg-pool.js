'use strict'

// Loads oxpg where pg-pool cannot be loaded, for the reason that the argument says, and uses a pool.
const Module = require('node:module')
const { sharedServer } = require('../../support/server')

const reason = process.argv[2]
const resolve = Module._resolveFilename
Module._resolveFilename = function (name, ...rest) {
  if (name !== 'pg-pool') return resolve.call(this, name, ...rest)
  throw Object.assign(new Error(`pg-pool: ${reason}`), { code: reason })
}

async function main() {
  const { Pool, Client } = require('../../..')
  const pool = new Pool({ ...sharedServer().config, max: 1 })
  const names = []
  for (let at = Object.getPrototypeOf(pool); at; at = Object.getPrototypeOf(at))
    names.push(at.constructor.name)
  console.log(names.join(' < '))
  console.log((await pool.query('SELECT 1 AS one')).rows[0].one)
  pool.on('acquire', () => console.log('acquired'))
  console.log((await pool.query('SELECT 2 AS two')).rows[0].two)
  console.log(Object.keys(pool).includes('_pendingQueue'), pool._clients.length, pool._idle.length)
  await pool.end()
  class Foreign {}
  class Ours extends Client {}
  await new Pool({ Client: Ours }).end()
  try {
    new Pool({ Client: Foreign })
  } catch (error) {
    console.log(error.code, error.message)
  }
}

main().catch((error) => console.log('failed:', error.message))
