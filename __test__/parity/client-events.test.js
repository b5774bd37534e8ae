'use strict'

// Catalogue 2.21 and X-5: what a client emits while it lives.

const { parity } = require('./harness')

const EVENTS = ['connect', 'end', 'error', 'drain', 'notification', 'notice']

const watched = async ({ newClient, log }, config) => {
  const client = log.events(newClient(config), EVENTS)
  await client.connect()
  return client
}

parity('EV: the events of a life: connect, drain, end', async (context) => {
  const client = await watched(context)
  await client.query('select 1')
  await client.query('select 2')
  await client.end()
  await context.turn()
})

parity('drain comes when the queue is empty, after the last answer', async (context) => {
  const { log, eventOf } = context
  const client = await watched(context)
  const drained = eventOf(client, 'drain')
  client.query('select 1', () => log('first'))
  client.query('select 2', () => log('second'))
  await drained
  const again = eventOf(client, 'drain')
  client.query('select 3', () => log('third'))
  await again
})

parity('drain comes after an error too', async (context) => {
  const { log, eventOf } = context
  const client = await watched(context)
  const drained = eventOf(client, 'drain')
  client.query('select 1/0', (error) => log('callback', error.code))
  await drained
})

parity('drain does not come while a callback issues the next query', async (context) => {
  const { log, eventOf } = context
  const client = await watched(context)
  const drained = eventOf(client, 'drain')
  client.query('select 1', () => {
    log('first')
    client.query('select 2', () => log('second'))
  })
  await drained
})

parity('no drain before the first query', async (context) => {
  await watched(context)
  await context.turn()
})

parity('a query issued in drain is served', async (context) => {
  const { log, eventOf } = context
  const client = await watched(context)
  const done = log.callback('from drain')
  client.once('drain', () => client.query('select 2 as n', (error, result) => done(result.rows)))
  const drained = eventOf(client, 'drain')
  await client.query('select 1')
  await Promise.all([done.called, drained])
})

const raise = (level, text = "'the text'") => `do $$ begin raise ${level} ${text}; end $$`

const notices = [
  ['a notice', raise('notice')],
  ['a warning', raise('warning')],
  ['an info', raise('info')],
  [
    'a notice with everything',
    raise(
      'notice',
      "'m' using errcode = 'OX002', detail = 'd', hint = 'h', column = 'c', constraint = 'k', datatype = 't', table = 'tt', schema = 's'"
    ),
  ],
  ['a notice beyond ASCII', raise('notice', "'grüße 😀'")],
  ['a notice of the server', 'drop table if exists parity_nothing'],
  ['three notices', `do $$ begin for i in 1..3 loop raise notice 'number %', i; end loop; end $$`],
  ['notices between rows', "select 1 as a; do $$ begin raise notice 'between'; end $$; select 2 as b"],
]

parity.each(notices)(
  ([what]) => `X-5: ${what} comes before the answer`,
  async (context, [, sql]) => {
    const client = await watched(context)
    context.log('answer', await client.query(sql))
  }
)

parity('X-5: a notice is no Error and of the class NoticeMessage', async ({ connect, eventOf }) => {
  const client = await connect()
  const noticed = eventOf(client, 'notice')
  await client.query(raise('notice'))
  const [notice] = await noticed
  return [notice instanceof Error, notice.constructor.name, notice.name, Object.keys(notice), notice.length]
})

parity('a notice nobody listens to is dropped', async ({ connect }) => {
  const client = await connect()
  return [await client.query(raise('warning')), (await client.query('select 1 as n')).rows]
})

const describeNotification =
  (log) =>
  (message, ...rest) => {
    const { processId, ...others } = message
    log('notification', message.constructor.name, Object.keys(message), typeof processId, others, rest)
  }

parity.each([
  ['a payload', "notify parity_channel, 'the payload'"],
  ['no payload', 'notify parity_channel'],
  ['a payload beyond ASCII', "notify parity_channel, 'grüße 😀'"],
  ['a long payload', "select pg_notify('parity_channel', repeat('x', 7999))"],
])(
  ([what]) => `a notification of one's own with ${what}`,
  async ({ connect, log, until }, [, sql]) => {
    const client = await connect()
    // A channel of this session's own: test files run side by side on one server.
    const channel = `parity_${client.processID}`
    client.on('notification', (message) => {
      log('own process', message.processId === client.processID, message.channel === channel)
      describeNotification(log)({ ...message, channel: 'replaced' })
    })
    await client.query(`listen ${channel}`)
    log('answer', await client.query(sql.replace('parity_channel', channel)))
    await until(() => log.count('notification') === 1)
  }
)

parity('a notification is of the class NotificationResponseMessage', async ({ connect, eventOf }) => {
  const client = await connect()
  await client.query(`listen parity_${client.processID}`)
  const notified = eventOf(client, 'notification')
  await client.query(`notify parity_${client.processID}, 'x'`)
  const [message] = await notified
  return [
    message.constructor.name,
    Object.keys(message),
    message.name,
    message.payload,
    typeof message.length,
  ]
})

parity('notifications of another session reach an idle client in order', async ({ connect, log, until }) => {
  const [listener, sender] = [await connect(), await connect()]
  const channel = `parity_${listener.processID}`
  listener.on('notification', (message) =>
    log('notification', message.payload, message.processId === sender.processID)
  )
  await listener.query(`listen ${channel}`)
  for (let i = 0; i < 5; i++) await sender.query('select pg_notify($1, $2)', [channel, `n${i}`])
  await until(() => log.count('notification') === 5)
})

parity('notifications of a transaction come after its commit', async ({ connect, log, until }) => {
  const client = await connect()
  const channel = `parity_${client.processID}`
  client.on('notification', (message) => log('notification', message.payload))
  await client.query(`listen ${channel}`)
  await client.query('begin')
  await client.query(`notify ${channel}, 'inside'`)
  log('notified')
  await client.query('select 1')
  await client.query('commit')
  log('committed')
  await until(() => log.count('notification') === 1)
})

parity('a client emits as itself', async ({ connect, eventOf }) => {
  const client = await connect()
  const self = new Promise((resolve) => client.once('notice', function () { resolve(this === client) })) // prettier-ignore
  const noticed = eventOf(client, 'notice')
  await client.query(raise('notice'))
  await noticed
  return self
})

parity('a listener that is removed hears no more', async ({ connect, log }) => {
  const client = await connect()
  const listener = (notice) => log('notice', notice.message)
  client.on('notice', listener)
  await client.query(raise('notice', "'one'"))
  client.removeListener('notice', listener)
  await client.query(raise('notice', "'two'"))
  log('end')
})
