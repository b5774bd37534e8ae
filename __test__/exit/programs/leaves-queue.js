'use strict'

// A worker that is terminated while most of its queries wait for a session.

const { parentPort, workerData } = require('node:worker_threads')
const { Pool } = require('../../..')

const pool = new Pool({ ...workerData.config, max: 1 })
const quietly = () => {}
pool.query('SELECT pg_sleep(60)').catch(quietly)
for (let n = 0; n < 20; n++) pool.query('INSERT INTO left_behind VALUES (1)').catch(quietly)
setImmediate(() => parentPort.postMessage('queued'))
