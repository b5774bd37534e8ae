'use strict'

// Connects to a port where nobody listens, again and again, with nothing else that would keep the process: the answer
// may be there before the call that asked for it has returned.
const { subject } = require('../../support/drivers')
const { freePort } = require('../../support/free-port')

const ATTEMPTS = 60

const WAYS = {
  'client.connect': (config) => new subject.Client(config).connect(),
  'pool.connect': (config) => new subject.Pool(config).connect(),
  'pool.query': (config) => new subject.Pool(config).query('SELECT 1'),
}

const way = process.argv[2]
let heard = 0

async function attempts() {
  const config = {
    host: '127.0.0.1',
    port: await freePort('127.0.0.1'),
    user: 'x',
    password: 'x',
    database: 'x',
  }
  while (heard < ATTEMPTS) {
    // A turn of its own: whoever works off answers is kept alive by that.
    await new Promise(setImmediate)
    await WAYS[way](config).catch((error) => {
      if (error.code !== 'ECONNREFUSED') throw error
    })
    heard++
  }
}

process.on('exit', () => console.log(`${heard} of ${ATTEMPTS}`))
attempts()
