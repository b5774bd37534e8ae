'use strict'

const { Readable } = require('node:stream')
const { pipeline } = require('node:stream/promises')
const { openClient, openPool, sessionsOf, terminate, failureOf } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')
const { settles, until, nextEvent } = require('../support/until')

async function withTable(client) {
  await client.query('CREATE TEMP TABLE t (a int)')
  return client
}

async function isFree(client, rows = 0) {
  const counted = await settles('a query', client.query('SELECT count(*)::int4 AS n FROM t'))
  expect(counted.rows).toEqual([{ n: rows }])
}

function* endless(line) {
  for (;;) yield line.repeat(1000)
}

onlyOxpg('a row that the server refuses is the error of the stream', async () => {
  const client = await withTable(await openClient())
  const target = client.copyFrom('COPY t FROM STDIN')
  const failure = failureOf(pipeline(Readable.from(['1\n2\n', 'three\n', '4\n']), target))
  expect(await failure).toMatchObject({ code: '22P02', where: 'COPY t, line 3, column a: "three"' })
  await isFree(client)
})

onlyOxpg('an error in the middle stops whoever still writes', async () => {
  const client = await withTable(await openClient())
  await client.query('ALTER TABLE t ADD CHECK (a < 5)')
  const bytes = function* () {
    yield '9\n'
    yield* endless('1\n')
  }
  const failure = failureOf(pipeline(Readable.from(bytes()), client.copyFrom('COPY t FROM STDIN')))
  expect(await settles('the pipeline', failure)).toMatchObject({ code: '23514' })
  await isFree(client)
})

onlyOxpg('destroy() with an error sends CopyFail: nothing is copied', async () => {
  const client = await withTable(await openClient())
  const notices = []
  const target = client.copyFrom('COPY t FROM STDIN').on('error', (error) => notices.push(error.message))
  await new Promise((resolve) => target.write('1\n', resolve))
  target.destroy(new Error('changed my mind'))
  await nextEvent(target, 'close')
  expect(notices).toEqual(['changed my mind'])
  await isFree(client)
})

onlyOxpg('a source that fails leaves nothing copied', async () => {
  const client = await withTable(await openClient())
  const source = async function* () {
    yield '1\n'
    throw new Error('unreadable')
  }
  const target = client.copyFrom('COPY t FROM STDIN')
  const failure = failureOf(pipeline(Readable.from(source()), target))
  expect(await failure).toMatchObject({ message: 'unreadable' })
  await isFree(client)
})

onlyOxpg('destroy() before the first write sends nothing', async () => {
  const client = await withTable(await openClient())
  const target = client.copyFrom('COPY t FROM STDIN')
  target.destroy()
  await nextEvent(target, 'close')
  await isFree(client)
})

onlyOxpg('destroy() in the queue takes it out of the queue', async () => {
  const client = await withTable(await openClient())
  const busy = client.query('SELECT pg_sleep(0.1)')
  const target = client.copyFrom('COPY t FROM STDIN')
  target.write('1\n')
  target.destroy()
  await nextEvent(target, 'close')
  await busy
  await isFree(client)
})

onlyOxpg('destroy() while the server works on what it got cancels that', async () => {
  const client = await withTable(await openClient())
  await client.query(`CREATE FUNCTION pg_temp.slow() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_sleep(600); RETURN NEW; END $$`)
  await client.query('CREATE TRIGGER slow BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION pg_temp.slow()')
  const target = client.copyFrom('COPY t FROM STDIN')
  target.end('1\n')
  const sleeps = async () => (await sessionsOf(client)).some(({ wait_event }) => wait_event === 'PgSleep')
  await until('the server sleeps', sleeps)
  target.destroy()
  await nextEvent(target, 'close')
  await isFree(client)
})

onlyOxpg('aborting its signal is its error', async () => {
  const client = await withTable(await openClient())
  const controller = new AbortController()
  const target = client.copyFrom('COPY t FROM STDIN', { signal: controller.signal })
  const [error, closed] = [nextEvent(target, 'error'), nextEvent(target, 'close')]
  await new Promise((resolve) => target.write('1\n', resolve))
  controller.abort()
  expect(await error).toMatchObject([{ name: 'AbortError' }])
  await closed
  await isFree(client)
})

onlyOxpg(
  'aborting its signal while it waits for a client, or before it begins, is its error too',
  async () => {
    const pool = openPool({ max: 1 })
    const holder = await pool.connect()
    const controller = new AbortController()
    const { signal } = controller
    const waiting = failureOf(
      pipeline(Readable.from(['1\n']), pool.copyFrom('COPY t FROM STDIN', { signal }))
    )
    await until('it waits', () => pool.waitingCount === 1)
    controller.abort()
    expect(await settles('the pipeline', waiting)).toMatchObject({ name: 'AbortError' })
    await until('it has left the queue', () => pool.waitingCount === 0)
    const late = failureOf(pipeline(Readable.from(['1\n']), pool.copyFrom('COPY t FROM STDIN', { signal })))
    expect(await settles('the pipeline', late)).toMatchObject({ name: 'AbortError' })
    holder.release()
  }
)

onlyOxpg('a lost connection is its error', async () => {
  const client = await withTable(await openClient())
  client.on('error', () => {})
  const failure = failureOf(pipeline(Readable.from(endless('1\n')), client.copyFrom('COPY t FROM STDIN')))
  await until('it copies', async () => (await sessionsOf(client))[0]?.query.startsWith('COPY'))
  await terminate(client.processID)
  expect((await settles('the pipeline', failure)).message).toMatch(/terminat|EPIPE|ECONNRESET/)
})

onlyOxpg('pool.copyFrom() gives its client back, whatever happens', async () => {
  const pool = openPool({ max: 1 })
  await pool.query('CREATE TEMP TABLE t (a int)')
  for (let i = 0; i < 5; i++) {
    await pipeline(Readable.from(['1\n']), pool.copyFrom('COPY t FROM STDIN'))
    await failureOf(pipeline(Readable.from(['x\n']), pool.copyFrom('COPY t FROM STDIN')))
    await failureOf(pipeline(Readable.from(['x\n']), pool.copyFrom('COPY nowhere FROM STDIN')))
    const dropped = pool.copyFrom('COPY t FROM STDIN')
    dropped.write('1\n')
    dropped.destroy()
    await nextEvent(dropped, 'close')
  }
  await isFree(pool, 5)
  expect([pool.totalCount, pool.idleCount]).toEqual([1, 1])
})

onlyOxpg('inside a transaction a failed COPY fails the transaction', async () => {
  const client = await withTable(await openClient())
  await client.query('BEGIN')
  await failureOf(pipeline(Readable.from(['x\n']), client.copyFrom('COPY t FROM STDIN')))
  expect(await failureOf(client.query('SELECT 1'))).toMatchObject({ code: '25P02' })
  await client.query('ROLLBACK')
  await isFree(client)
})
