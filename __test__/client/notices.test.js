'use strict'

const { isNativeError } = require('node:util').types
const { openClient } = require('../support/connections')
const { nextEvent } = require('../support/until')

test('a notice is an event with the fields of the server, not an error', async () => {
  const client = await openClient()
  const heard = nextEvent(client, 'notice')
  await client.query(
    `DO $$ BEGIN RAISE NOTICE 'hello %', 'world' USING HINT = 'greet back', ERRCODE = '01234'; END $$`
  )
  const [notice] = await heard
  expect(notice).toMatchObject({
    message: 'hello world',
    severity: 'NOTICE',
    code: '01234',
    hint: 'greet back',
  })
  expect(isNativeError(notice)).toBe(false)
  expect(notice.name).toBe('notice')
})

test('notices come before the result of their query, in order', async () => {
  const client = await openClient()
  const lines = []
  client.on('notice', (notice) => lines.push(notice.message))
  await client.query(`DO $$ BEGIN FOR i IN 1..5 LOOP RAISE WARNING 'step %', i; END LOOP; END $$`)
  lines.push('done')
  expect(lines).toEqual(['step 1', 'step 2', 'step 3', 'step 4', 'step 5', 'done'])
})
