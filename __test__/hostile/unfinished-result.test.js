'use strict'

const { after } = require('../support/connections')
const { subject } = require('../support/drivers')
const { startFakeServer, messages } = require('../support/fake-server')

const { commandComplete, dataRow, readyForQuery, rowDescription } = messages

test('rows of a result that was never completed do not go to the next query', async () => {
  const server = await startFakeServer(async (peer) => {
    await peer.welcome()
    await peer.expect('Q')
    peer.send(rowDescription([{ name: 'first' }]), dataRow(['mine']), readyForQuery())
    await peer.expect('Q')
    peer.send(
      rowDescription([{ name: 'second' }]),
      dataRow(['yours']),
      commandComplete('SELECT 1'),
      readyForQuery()
    )
  })
  after(() => server.close())
  const client = new subject.Client(server.config)
  after(() => client.end())
  await client.connect()
  await client.query('first')
  expect((await client.query('second')).rows).toEqual([{ second: 'yours' }])
})
