'use strict'

const { pipeline } = require('node:stream/promises')
const { Writable } = require('node:stream')
const { openClient, openPool, sessionsOf, terminate, failureOf } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')
const { settles, until, nextEvent } = require('../support/until')

const ENDLESS = 'COPY (SELECT generate_series(1, 1000000000)) TO STDOUT'

async function isFree(owner) {
  expect((await settles('a query', owner.query('SELECT 1 AS one'))).rows).toEqual([{ one: 1 }])
}

onlyOxpg('leaving the loop cancels it on the server', async () => {
  const client = await openClient()
  for await (const buffer of client.copyTo(ENDLESS)) {
    expect(buffer.length).toBeGreaterThan(0)
    break
  }
  await isFree(client)
  expect(client.getTransactionStatus()).toBe('I')
})

onlyOxpg('destroy() cancels it on the server, before and after the first byte', async () => {
  const client = await openClient()
  for (const event of ['readable', undefined]) {
    const source = client.copyTo(ENDLESS)
    source.resume().pause()
    if (event) await nextEvent(source, event)
    source.destroy()
    await nextEvent(source, 'close')
    await isFree(client)
  }
})

onlyOxpg('an error in the middle is the error of the stream', async () => {
  const client = await openClient()
  const source = client.copyTo('COPY (SELECT 1 / (i - 50000) FROM generate_series(1, 100000) i) TO STDOUT')
  const error = nextEvent(source, 'error')
  source.resume()
  expect(await error).toMatchObject([{ code: '22012' }])
  await isFree(client)
})

onlyOxpg('a reader that stands still holds the server up, not the memory', async () => {
  const client = await openClient()
  const source = client.copyTo(ENDLESS)
  await nextEvent(source, 'readable')
  const waits = async () => (await sessionsOf(client)).some(({ wait_event }) => wait_event === 'ClientWrite')
  await until('the server waits for its reader', waits)
  source.destroy()
  await nextEvent(source, 'close')
  await isFree(client)
})

onlyOxpg('a lost connection is its error', async () => {
  const client = await openClient()
  client.on('error', () => {})
  const sink = new Writable({ write: (chunk, encoding, callback) => setImmediate(callback) })
  const failure = failureOf(pipeline(client.copyTo(ENDLESS), sink))
  await until('it copies', async () => (await sessionsOf(client))[0]?.query.startsWith('COPY'))
  await terminate(client.processID)
  expect((await settles('the pipeline', failure)).message).toMatch(/terminat|ECONNRESET/)
})

onlyOxpg('aborting its signal is its error', async () => {
  const client = await openClient()
  const controller = new AbortController()
  const loop = async () => {
    for await (const buffer of client.copyTo(ENDLESS, { signal: controller.signal })) {
      expect(buffer.length).toBeGreaterThan(0)
      controller.abort()
    }
  }
  expect(await failureOf(loop())).toMatchObject({ name: 'AbortError' })
  await isFree(client)
})

onlyOxpg('pool.copyTo() gives its client back, whatever happens', async () => {
  const pool = openPool({ max: 1 })
  const taken = async (text, stopAfter) => {
    let buffers = 0
    for await (const buffer of pool.copyTo(text)) if (buffer && ++buffers === stopAfter) break
  }
  for (let i = 0; i < 5; i++) {
    await taken('COPY (SELECT 1) TO STDOUT')
    await taken(ENDLESS, 3)
    await failureOf(taken('COPY nowhere TO STDOUT'))
    await failureOf(taken('COPY (SELECT 1 / 0) TO STDOUT'))
  }
  await isFree(pool)
  expect([pool.totalCount, pool.idleCount]).toEqual([1, 1])
})

onlyOxpg('what has come is read to the end although the client ends meanwhile', async () => {
  const client = await openClient()
  const source = client.copyTo('COPY (SELECT generate_series(1, 100000)) TO STDOUT')
  await nextEvent(source, 'readable')
  await client.query('SELECT 1')
  await client.end()
  let bytes = 0
  for await (const buffer of source) bytes += buffer.length
  expect(bytes).toBe(588895)
})

onlyOxpg('a COPY that a slow reader ends early does not slow down the next one', async () => {
  const client = await openClient()
  for (let i = 0; i < 3; i++) {
    const stopped = client.copyTo(ENDLESS)
    await nextEvent(stopped, 'readable')
    stopped.destroy()
    let bytes = 0
    for await (const buffer of client.copyTo("COPY (SELECT repeat('x', 9999999)) TO STDOUT"))
      bytes += buffer.length
    expect(bytes).toBe(10000000)
  }
})
