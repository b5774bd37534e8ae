'use strict'

const { Readable } = require('node:stream')
const { pipeline } = require('node:stream/promises')
const { openClient, openPool } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')

const ROWS = `SELECT i, repeat('ä', i % 50) || E'\\t"\\n' AS t, decode(md5(i::text), 'hex') AS b, NULLIF(i % 3, 0) AS n
  FROM generate_series(1, 5000) i`

async function bytesOf(readable) {
  const parts = []
  for await (const part of readable) parts.push(part)
  return Buffer.concat(parts)
}

onlyOxpg.each(['text', 'csv', 'binary'])('what copyTo() gives as %s, copyFrom() takes', async (format) => {
  const client = await openClient()
  await client.query('CREATE TEMP TABLE theirs (i int, t text, b bytea, n int)')
  const source = client.copyTo(`COPY (${ROWS}) TO STDOUT (FORMAT ${format})`)
  const bytes = await bytesOf(source)
  expect([source.rowCount, source.bytes]).toEqual([5000, bytes.length])
  const target = client.copyFrom(`COPY theirs FROM STDIN (FORMAT ${format})`)
  await pipeline(Readable.from([bytes]), target)
  expect([target.rowCount, target.bytes]).toEqual([5000, bytes.length])
  const difference = `(${ROWS} EXCEPT SELECT * FROM theirs) UNION ALL (SELECT * FROM theirs EXCEPT ${ROWS})`
  expect((await client.query(difference)).rows).toEqual([])
  const again = await bytesOf(client.copyTo(`COPY theirs TO STDOUT (FORMAT ${format})`))
  expect(again.equals(bytes)).toBe(true)
})

onlyOxpg('one goes into the other without the bytes being looked at', async () => {
  const pool = openPool({ max: 2 })
  const target = await pool.connect()
  await target.query('CREATE TEMP TABLE t (i int)')
  await pipeline(
    pool.copyTo('COPY (SELECT generate_series(1, 100000)) TO STDOUT'),
    target.copyFrom('COPY t FROM STDIN')
  )
  expect((await target.query('SELECT count(*)::int4 AS n, sum(i)::text AS sum FROM t')).rows).toEqual([
    { n: 100000, sum: '5000050000' },
  ])
  target.release()
  expect([pool.totalCount, pool.idleCount]).toEqual([2, 2])
})

onlyOxpg('chunks may end anywhere', async () => {
  const client = await openClient()
  await client.query('CREATE TEMP TABLE t (a int, b text)')
  const bytes = Buffer.from(Array.from({ length: 300 }, (_, i) => `${i}\tä€😀${i}\n`).join(''))
  for (const size of [1, 7, 100]) {
    await client.query('TRUNCATE t')
    const target = client.copyFrom('COPY t FROM STDIN')
    for (let at = 0; at < bytes.length; at += size) target.write(bytes.subarray(at, at + size))
    await new Promise((resolve) => target.end(resolve))
    expect(target.rowCount).toBe(300)
    expect((await bytesOf(client.copyTo('COPY t TO STDOUT'))).equals(bytes)).toBe(true)
  }
})

onlyOxpg('nothing copied is nothing', async () => {
  const client = await openClient()
  await client.query('CREATE TEMP TABLE t (a int)')
  const target = client.copyFrom('COPY t FROM STDIN')
  await new Promise((resolve) => target.end(resolve))
  expect([target.rowCount, target.bytes]).toEqual([0, 0])
  const source = client.copyTo('COPY t TO STDOUT')
  expect(await bytesOf(source)).toHaveLength(0)
  expect([source.rowCount, source.bytes]).toEqual([0, 0])
})

onlyOxpg('many small rows come in few buffers', async () => {
  const client = await openClient()
  let buffers = 0
  for await (const buffer of client.copyTo('COPY (SELECT generate_series(1, 100000)) TO STDOUT')) {
    expect(Buffer.isBuffer(buffer)).toBe(true)
    buffers++
  }
  expect(buffers).toBeLessThan(1000)
})

onlyOxpg('a row of many megabytes passes', async () => {
  const client = await openClient()
  const source = client.copyTo("COPY (SELECT repeat('x', 20000000)) TO STDOUT")
  expect(await bytesOf(source)).toHaveLength(20000001)
})

onlyOxpg('queries before and behind it keep their order', async () => {
  const client = await openClient()
  const log = []
  const create = client.query('CREATE TEMP TABLE t (a int)').then(() => log.push('created'))
  const target = client.copyFrom('COPY t FROM STDIN').on('finish', () => log.push('copied'))
  target.end('1\n2\n')
  const count = client.query('SELECT count(*)::int4 AS n FROM t').then(({ rows }) => log.push(rows[0].n))
  await Promise.all([create, count])
  expect(log).toEqual(['created', 'copied', 2])
})
