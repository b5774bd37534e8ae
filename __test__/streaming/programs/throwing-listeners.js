'use strict'

const { subject } = require('../../support/drivers')
const { sharedServer } = require('../../support/server')

process.on('uncaughtException', (error) => console.log(`uncaught: ${error.message}`))
process.on('unhandledRejection', (error) => console.log(`unhandled: ${error.message}`))

const fail = () => {
  throw new Error('thrown on purpose')
}

async function main(of, method) {
  const pool = new subject.Pool({ ...sharedServer().config, max: 1 })
  const text = 'SELECT i FROM generate_series(1, 10) i'
  const stream = method === 'stream' ? pool.stream(text) : pool.copyTo(`COPY (${text}) TO STDOUT`)
  if (of === 'release') pool.once('release', fail)
  if (of === 'data') stream.once('data', fail)
  let count = 0
  stream.on('data', () => count++)
  await new Promise((resolve) => stream.on('close', resolve))
  if (of === 'release') console.log(`pieces: ${count > 0}`)
  else console.log(`rows behind the first: ${count}`)
  const { rows } = await pool.query('SELECT 1 AS one')
  console.log(`next query: ${rows[0].one}`)
  await pool.end()
}

main(process.argv[2], process.argv[3])
