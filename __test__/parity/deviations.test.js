'use strict'

// Where oxpg differs from pg on purpose (design, sections 6 and 8) and no other file has the case.

const { deviation } = require('./harness')
const { fakeSession } = require('./fake-session')
const { messages } = require('../support/fake-server')

const onFake = (context, script) => fakeSession(context, ['error', 'end', 'notice', 'notification'], script)

deviation(
  'a query that timed out goes on at the server with pg, is cancelled by oxpg',
  async ({ connect, outcome }) => {
    const client = await connect()
    await client.query('create temp table effects(a int)')
    await outcome(
      client.query({ text: 'select pg_sleep(0.1); insert into effects values (1)', query_timeout: 20 })
    )
    return (await client.query('select count(*)::int as n from effects')).rows[0].n
  },
  { theirs: 1, ours: 0 }
)

deviation(
  'more than 65535 values reach the server broken from pg, are refused by oxpg',
  async ({ connect, outcome, pg }) => {
    const client = await connect()
    const values = Array.from({ length: 70000 }, (_, i) => i)
    const { rejected } = await outcome(async () => client.query('select $1::int', values))
    const { resolved } = await outcome(client.query('select 1 as n'))
    return { ofTheServer: rejected instanceof pg.DatabaseError, usable: resolved?.rows[0].n === 1 }
  },
  { theirs: { ofTheServer: true, usable: true }, ours: { ofTheServer: false, usable: true } }
)

deviation(
  'end() of a pool resolves before its idle sockets are closed in pg, after it in oxpg',
  async ({ newPool }) => {
    const pool = newPool({ max: 2 })
    let closed = 0
    const clients = [await pool.connect(), await pool.connect()]
    clients.forEach((client) => client.on('end', () => closed++).release())
    await pool.end()
    return closed
  },
  { theirs: 0, ours: 2 }
)

deviation(
  'a callback that refuses its values is called twice by pg, once by oxpg',
  async ({ connect, log, eventOf }) => {
    const client = await connect()
    const drained = eventOf(client, 'drain')
    const values = [{ toPostgres: () => { throw new Error('refused') } }] // prettier-ignore
    client.query('select $1', values, (error) => log('callback', error?.message))
    await Promise.race([drained, client.query('select 1 as n')])
    return log.count('callback')
  },
  { theirs: 2, ours: 1 }
)

deviation(
  'end() while connecting leaves the promise of connect() unsettled in pg, settles it in oxpg',
  async ({ newClient, connect }) => {
    const client = newClient()
    let settled = false
    const mark = () => (settled = true)
    client.connect().then(mark, mark)
    await client.end()
    // A whole connection later is late enough.
    await (await connect()).query('select 1')
    return settled
  },
  { theirs: false, ours: true }
)

deviation(
  'the first promise of a client that connects twice is lost in pg, resolves in oxpg',
  async ({ newClient, connect, outcome }) => {
    const client = newClient()
    let settled = false
    const mark = () => (settled = true)
    client.connect().then(mark, mark)
    await outcome(client.connect())
    await client.query('select 1')
    await (await connect()).query('select 1')
    return settled
  },
  { theirs: false, ours: true }
)

deviation(
  'an idle client that is checked out counts as taken a turn later in pg, at once in oxpg',
  async ({ newPool }) => {
    const pool = newPool({ max: 1 })
    ;(await pool.connect()).release()
    const asked = pool.connect()
    const seen = [pool.totalCount, pool.idleCount, pool.waitingCount]
    ;(await asked).release()
    return seen
  },
  { theirs: [1, 1, 1], ours: [1, 0, 0] }
)

deviation(
  'a waiter behind a query gets its client before that query is answered in pg, after it in oxpg',
  async ({ newPool, log }) => {
    const pool = newPool({ max: 1 })
    const client = await pool.connect()
    const order = []
    const waiting = [
      pool.query('select 1').then(() => order.push('first query')),
      pool.connect().then((given) => (order.push('connect'), given.release())),
      pool.query('select 2').then(() => order.push('second query')),
    ]
    log('waiting', pool.waitingCount)
    client.release()
    await Promise.all(waiting)
    return order
  },
  {
    theirs: ['connect', 'first query', 'second query'],
    ours: ['first query', 'connect', 'second query'],
  }
)

deviation(
  'a name executed twice without a text is parsed twice by pg, which fails, once by oxpg',
  async ({ connect, outcome }) => {
    const client = await connect()
    await client.query({ name: 'never' })
    const { rejected } = await outcome(client.query({ name: 'never' }))
    return rejected ? rejected.code : 'none'
  },
  { theirs: '42P05', ours: 'none' }
)

deviation(
  'an error report without a message has none in pg, says so in oxpg',
  async (context) => {
    const client = await onFake(context, async (peer) => {
      await peer.expect('Q')
      peer.send(messages.frame('E', Buffer.from([0])))
      peer.send(messages.readyForQuery())
      await peer.expect('X')
    })
    const { rejected } = await context.outcome(client.query('select 1'))
    return rejected.message
  },
  { theirs: '', ours: 'the server sent an error report without a message' }
)

deviation(
  'O-27, DV-68: channel_binding is ignored by pg, asked for by oxpg',
  async ({ newClient, outcome }) => {
    const made = await outcome(async () => newClient({ channel_binding: 'yes' }))
    const client = newClient({ channel_binding: 'require', ssl: false })
    client.on('error', () => {})
    const { rejected } = await outcome(client.connect())
    return [Boolean(made.resolved), rejected?.message.split(':')[0]]
  },
  { theirs: [true, undefined], ours: [false, 'channel binding required, but SSL not in use'] }
)
