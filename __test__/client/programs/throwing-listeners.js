'use strict'

const { subject } = require('../../support/drivers')
const { sharedServer } = require('../../support/server')

process.on('uncaughtException', (error) => console.log(`uncaught: ${error.message}`))

const fail = () => {
  throw new Error('thrown by the application')
}

async function main(of) {
  const client = new subject.Client(sharedServer().config)
  if (of === 'connect listener') client.on('connect', fail)
  if (of === 'connect callback') client.connect(fail)
  else if (of === 'connect listener') client.connect()
  else await client.connect()
  if (of === 'invalid query') client.query({ text: 'SELECT $1', values: 'no array' }, fail)
  else if (of === 'listener') {
    client.query(new subject.Query('SELECT 1')).on('end', fail)
  } else if (of === 'callback') {
    client.setTypeParser(23, () => {
      throw new Error('refused by the parser')
    })
    client.query('SELECT 1', fail)
  }
  await client.query("SELECT 'next'")
  console.log('next query answered')
  await client.end()
}

main(process.argv[2])
