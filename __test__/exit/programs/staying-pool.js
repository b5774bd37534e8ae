'use strict'

// An idle pool holds its process: nothing else does here, since the timer is unref'd. Only a process that is still
// there when the timer fires can exit with 3.
const { subject } = require('../../support/drivers')
const { sharedServer } = require('../../support/server')

const pool = new subject.Pool({ ...sharedServer().config, idleTimeoutMillis: 0 })
pool.query('SELECT 1').then(() => {
  console.log('idle')
  setTimeout(() => {
    console.log('still here')
    process.exit(3)
  }, 200).unref()
})
