'use strict'

const { execFileSync } = require('node:child_process')
const { openClient } = require('../support/connections')
const { sharedServer } = require('../support/server')

jest.setTimeout(60_000)

// Runs while this process does nothing else: until the server has sent everything, or waits for its client to read
// whenever it is looked at. (Now and then it waits for a client that does read.)
const WATCHER = `
const { Client } = require('pg')
const [config, pid] = JSON.parse(process.argv[1])
const text = "SELECT CASE WHEN wait_event = 'ClientWrite' THEN 'waits' ELSE state END AS seen FROM pg_stat_activity WHERE pid = $1"
;(async () => {
  const client = new Client(config)
  await client.connect()
  let seen
  for (let waits = 0; waits < 1000 && seen !== 'idle'; waits = seen === 'waits' ? waits + 1 : 0) {
    seen = (await client.query(text, [pid])).rows[0].seen
  }
  console.log(seen)
  await client.end()
})()`

const FLOOD = `DO $$ BEGIN FOR i IN 1..100000 LOOP RAISE NOTICE '%', repeat('x', 1000); END LOOP; END $$`

// Else a busy application would have all of it in its memory.
test('a server that floods a busy client with notices has to wait', async () => {
  const client = await openClient()
  let notices = 0
  client.on('notice', () => notices++)
  const flood = client.query(FLOOD)
  // Behind the turn's end, where the query is sent.
  await new Promise((resolve) => setImmediate(resolve))
  const args = ['-e', WATCHER, JSON.stringify([sharedServer().config, client.processID])]
  const seen = execFileSync(process.execPath, args, { cwd: __dirname, encoding: 'utf8' })
  await flood
  expect(seen).toBe('waits\n')
  expect(notices).toBe(100_000)
})
