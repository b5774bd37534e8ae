'use strict'

// E-4: the protocol by hand over `client.connection`, without a Submittable.

const { openClient } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')
const { until } = require('../support/until')
const { parity } = require('../parity/harness')

parity('E-4: Sync by hand is answered, and disturbs no query behind it', async ({ connect, eventOf }) => {
  const client = await connect()
  const ready = eventOf(client.connection, 'readyForQuery')
  client.connection.sync()
  const [message] = await ready
  return [message, (await client.query('SELECT 1 AS one')).rows, (await client.query('SELECT 2 AS two')).rows]
})

parity(
  'E-4: a query by hand, whose rows nobody has asked the Client for',
  async ({ connect, log, eventOf }) => {
    const client = await connect()
    client.on('error', (error) => log('error', error))
    client.connection.query('SELECT 1 AS one')
    await eventOf(client.connection, 'readyForQuery')
    return client._queryable
  }
)

parity('E-4: _send says whether the stream could be written', async ({ connect, log, eventOf }) => {
  const client = await connect()
  const { connection } = client
  log('open', connection._send(Buffer.from([0x48, 0, 0, 0, 4])))
  const closed = eventOf(connection.stream, 'close')
  client.on('error', () => {})
  connection.stream.destroy()
  await closed
  log('closed', connection._send(Buffer.from([0x48, 0, 0, 0, 4])), connection.stream.destroyed)
})

parity('E-4: raw bytes in pieces are one message', async ({ connect, eventOf }) => {
  const client = await connect()
  const ready = eventOf(client.connection, 'readyForQuery')
  for (const byte of [0x53, 0, 0, 0, 4]) client.connection.stream.write(Buffer.from([byte]))
  await ready
  return (await client.query('SELECT 1 AS one')).rows
})

parity(
  'E-4: the messages of ready sessions are events of the connection',
  async ({ connect, eventOf, log }) => {
    const client = await connect()
    const ready = eventOf(client.connection, 'readyForQuery')
    await client.query('SELECT 1')
    log('ready', (await ready)[0])
    const status = eventOf(client.connection, 'parameterStatus')
    await client.query("SET application_name = 'raw'")
    log('status', (await status)[0])
    const notice = eventOf(client.connection, 'notice')
    await client.query("DO $$ BEGIN RAISE NOTICE 'hear'; END $$")
    log('notice', (await notice)[0].message)
  }
)

onlyOxpg(
  'E-4: Sync by hand before and behind a query in the same turn costs neither of them its answer',
  async () => {
    const client = await openClient()
    let ready = 0
    client.connection.on('readyForQuery', () => ready++)
    client.connection.sync()
    const first = client.query('SELECT 1 AS one')
    client.connection.sync()
    const second = client.query('SELECT 2 AS two')
    expect((await first).rows).toEqual([{ one: 1 }])
    expect((await second).rows).toEqual([{ two: 2 }])
    await until('all four are answered', () => ready === 4)
  }
)

onlyOxpg(
  'ordinary queries stay native before and behind a lent stretch: their rows never are messages',
  async () => {
    const client = await openClient()
    const names = []
    client.connection.on('message', ({ name }) => names.push(name))
    await client.query('SELECT $1::int AS n', [1])
    const lent = { submit: (connection) => connection.query('SELECT 1') }
    for (const hook of ['RowDescription', 'DataRow', 'CommandComplete']) lent[`handle${hook}`] = () => {}
    await new Promise((resolve) => client.query(Object.assign(lent, { handleReadyForQuery: resolve })))
    await client.query('SELECT $1::int AS n', [2])
    const messages = ['rowDescription', 'dataRow', 'commandComplete', 'readyForQuery']
    expect(names).toEqual(['readyForQuery', ...messages, 'readyForQuery'])
  }
)
