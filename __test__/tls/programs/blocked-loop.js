'use strict'

// Opens twenty sessions, then blocks the JavaScript thread until a byte comes in. Arguments: driver, way, turn, config.

const fs = require('node:fs')

const [name, way, turn, config] = process.argv.slice(2)
const { Client, Pool } = name === 'pg' ? require('pg') : require('../../..')
const COUNT = 20

const options = JSON.parse(config)
const pool = new Pool({ ...options, max: COUNT })
const clients = []
const ways = {
  query: () => pool.query('SELECT 1'),
  checkout: () => pool.connect().then((client) => clients.push(client)),
  client: () => {
    const client = new Client(options)
    clients.push(client)
    return client.connect()
  },
}

const say = (text) => fs.writeSync(1, `${text}\n`)

function block() {
  say('blocked')
  fs.readSync(0, Buffer.alloc(1))
}

const started = Array.from({ length: COUNT }, ways[way])
if (turn === 'same') block()
else setImmediate(block)

Promise.all(started)
  .then(async () => {
    say('connected')
    // What keeps the sessions open until they are counted.
    await new Promise((resolve) => process.stdin.once('data', resolve).resume())
    for (const client of clients) way === 'checkout' ? client.release() : client.end()
    await pool.end()
  })
  .finally(() => process.stdin.destroy())
