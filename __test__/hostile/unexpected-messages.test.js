'use strict'

const { newClient, openPool, after, failureOf } = require('../support/connections')
const { startFakeServer, messages: m } = require('../support/fake-server')
const { nextEvent, until } = require('../support/until')

// Messages that belong to a query, while there is none (L-6).
const STRAY = {
  rowDescription: m.rowDescription(['a']),
  dataRow: m.dataRow(['x']),
  commandComplete: m.commandComplete('SELECT 1'),
  emptyQuery: m.emptyQuery(),
  parseComplete: m.parseComplete(),
  portalSuspended: m.portalSuspended(),
  copyInResponse: m.copyInResponse(),
  copyData: m.copyData('x'),
}

describe.each(Object.entries(STRAY))('a stray %s', (name, bytes) => {
  const text = `Received unexpected ${name} message from backend.`
  const strayServer = async () => {
    let say
    const cue = new Promise((resolve) => (say = resolve))
    const server = await startFakeServer(async (peer, index) => {
      await peer.welcome({ processID: index + 1 })
      if (index === 0) await cue.then(() => peer.send(bytes))
      await peer.gone()
    })
    after(() => server.close())
    return { server, say }
  }

  test('is an error of an idle client, which is not queryable afterwards', async () => {
    const { server, say } = await strayServer()
    const client = newClient(server.config)
    await client.connect()
    const heard = nextEvent(client, 'error')
    client.on('error', () => {})
    say()
    expect((await heard)[0].message).toBe(text)
    expect((await failureOf(client.query('SELECT 1'))).message).toBe(
      'Client has encountered a connection error and is not queryable'
    )
  })

  test('removes an idle client from its pool', async () => {
    const { server, say } = await strayServer()
    const pool = openPool({ ...server.config, max: 1 })
    const client = await pool.connect()
    client.release()
    const heard = nextEvent(pool, 'error')
    say()
    expect((await heard)[0].message).toBe(text)
    await until('it has left the pool', () => pool.totalCount === 0)
    const next = await pool.connect()
    expect(next.processID).toBe(2)
    next.release(true)
  })
})

test('messages that may come at any time are no errors', async () => {
  const server = await startFakeServer(async (peer) => {
    await peer.welcome()
    const asides = [
      m.notice({ M: 'an aside' }),
      m.parameterStatus('TimeZone', 'UTC'),
      m.notification(1, 'c', 'p'),
    ]
    peer.send(...asides)
    await peer.expect('Q')
    peer.send(m.rowDescription(['a']), ...asides, m.dataRow(['x']), ...asides)
    peer.send(m.commandComplete('SELECT 1'), ...asides, m.readyForQuery(), ...asides)
    await peer.expect('X')
  })
  after(() => server.close())
  const client = newClient(server.config)
  const heard = []
  client.on('notice', (notice) => heard.push(notice.message))
  client.on('notification', (message) => heard.push(message.channel))
  await client.connect()
  expect((await client.query('SELECT')).rows).toEqual([{ a: 'x' }])
  await until('all asides are heard', () => heard.length === 10)
  await client.end()
})
