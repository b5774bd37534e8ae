'use strict'

// Reads one page of a cursor and forgets it; the query behind it must run all the same.

const { setImmediate: turn } = require('node:timers/promises')
const { Client } = require('../../..')

async function main() {
  const client = new Client(JSON.parse(process.env.OXPG_TEST_SERVER))
  await client.connect()
  await client.cursor('SELECT 1 FROM generate_series(1, 1000)').read()
  let isDone = false
  const query = client.query('SELECT 1').then(() => (isDone = true))
  while (!isDone) {
    globalThis.gc()
    await turn()
  }
  await query
  console.log('the query behind it ran')
  await client.end()
}

main()
