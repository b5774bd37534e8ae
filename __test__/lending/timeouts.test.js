'use strict'

// DV-4 for Submittables: what a timeout gives up is cancelled on the server, and the client goes on. (pg's client
// waits: its cases would take as long as the queries that were given up.)

const { openClient, failureOf } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')
const { sharedServer } = require('../support/server')
const { until } = require('../support/until')
const { extensions } = require('./extensions')

const { Cursor, copyFrom, copyTo } = extensions('ours')

const next = async (client) => (await client.query({ text: 'SELECT 1 AS next', query_timeout: 20_000 })).rows

onlyOxpg('TO-1: a cursor that times out is cancelled, and the next query runs at once', async () => {
  const client = await openClient({ query_timeout: 100 })
  const cursor = client.query(new Cursor('SELECT n, pg_sleep(60) FROM generate_series(1, 9) AS n'))
  expect((await failureOf(cursor.read(5))).message).toBe('Query read timeout')
  expect(await next(client)).toEqual([{ next: 1 }])
  const second = client.query(Object.assign(new Cursor('SELECT 2 AS two'), { query_timeout: 20_000 }))
  expect(await second.read(5)).toEqual([{ two: 2 }])
  second.callback()
})

onlyOxpg('TO-1: a cursor that times out between its pages ends, and the next query runs', async () => {
  const client = await openClient({ query_timeout: 100 })
  const cursor = client.query(new Cursor('SELECT generate_series(1, 9) AS n'))
  const errors = []
  cursor.on('error', ({ message }) => errors.push(message))
  expect(await cursor.read(1)).toEqual([{ n: 1 }])
  expect(await next(client)).toEqual([{ next: 1 }])
  expect(errors).toEqual(['Query read timeout'])
})

onlyOxpg('TO-1: a COPY FROM STDIN whose source says nothing is ended by its timeout', async () => {
  const client = await openClient({ query_timeout: 100 })
  await client.query('CREATE TEMP TABLE lent (n int)')
  const stream = client.query(copyFrom('COPY lent FROM STDIN'))
  const errors = []
  stream.on('error', ({ message }) => errors.push(message))
  stream.write('1\n')
  expect(await next(client)).toEqual([{ next: 1 }])
  expect(errors).toEqual(['Query read timeout'])
  expect((await client.query('SELECT count(*)::int AS n FROM lent')).rows).toEqual([{ n: 0 }])
})

onlyOxpg(
  'TO-1: a COPY TO STDOUT that times out in the hands of its stream costs the connection',
  async () => {
    const client = await openClient({ query_timeout: 100 })
    const lost = new Promise((resolve) => client.once('error', resolve))
    const stream = client.query(
      copyTo('COPY (SELECT n, pg_sleep(1) FROM generate_series(1, 99) AS n) TO STDOUT')
    )
    const failed = new Promise((resolve) => stream.once('error', resolve))
    stream.resume()
    expect((await failed).message).toBe('Query read timeout')
    stream.on('error', (error) => expect(error).toBe('told once'))
    expect((await lost).message).toContain('Connection terminated')
    const text = 'SELECT 1 FROM pg_stat_activity WHERE pid = $1'
    const gone = async () => (await sharedServer().query(text, [client.processID])).rowCount === 0
    await until('the server has ended the session', gone)
  }
)
