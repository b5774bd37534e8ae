'use strict'

// Starts a server, tells which, and ends in the way of its argument, without stopping it.
const fs = require('node:fs')
const { startPostgres } = require('../postgres')

startPostgres().then(({ pid, directory }) => {
  fs.writeSync(1, JSON.stringify({ pid, directory }))
  if (process.argv[2] === 'SIGKILL') process.kill(process.pid, 'SIGKILL')
  if (process.argv[2] === 'exit') process.exit(0)
  throw new Error('on purpose')
})
