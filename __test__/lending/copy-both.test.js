'use strict'

// The streaming replication protocol over pg-copy-streams: COPY in both directions at once.

const { parity } = require('../parity/harness')
const { startPostgres } = require('../support/postgres')
const { extensions } = require('./extensions')

const WAL_DATA = 0x77
const WAL_HEADER = 25

let server
beforeAll(async () => {
  server = await startPostgres({ settings: { wal_level: 'logical' } })
})
afterAll(() => server?.stop())

parity('SUB: logical replication is streamed, acknowledged and ended', async (context) => {
  const { copyBoth } = extensions(context.side)
  const slot = `lent_${context.side}`
  const writer = await context.connect(server.config)
  const reader = await context.connect({ ...server.config, replication: 'database' })
  await writer.query('CREATE TABLE IF NOT EXISTS lent (n int)')
  await reader.query(`CREATE_REPLICATION_SLOT ${slot} LOGICAL test_decoding`)
  const text = `START_REPLICATION SLOT ${slot} LOGICAL 0/0`
  const stream = reader.query(copyBoth(text, { alignOnCopyDataFrame: true }))
  const changes = []
  stream.on('data', (message) => {
    if (message[0] === WAL_DATA) changes.push(message.subarray(WAL_HEADER).toString())
  })
  await writer.query('INSERT INTO lent SELECT generate_series(1, 500)')
  await context.until(() => changes.some((change) => change.startsWith('COMMIT')))
  // A standby's status: everything up to here is known.
  stream.write(Buffer.concat([Buffer.from('r'), Buffer.alloc(8, 0xff), Buffer.alloc(25)]))
  await new Promise((resolve) => stream.end(resolve))
  context.log('changes', changes.filter((change) => change.startsWith('table')).length, changes[1])
  context.log('next', (await reader.query('SHOW server_version_num')).rows.length)
  await reader.end()
  await writer.query('SELECT pg_drop_replication_slot($1)', [slot])
})
