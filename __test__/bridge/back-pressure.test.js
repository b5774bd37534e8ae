'use strict'

const { setImmediate: turn } = require('node:timers/promises')
const { subject } = require('../support/drivers')
const { openClient } = require('../support/connections')
const { SocketStream } = require('../support/socket-stream')

const MIB = 1 << 20

test('a parameter of 16 MiB goes through a slow stream without piling up in it', async () => {
  const stream = new SocketStream({ pace: turn })
  const client = await openClient({ stream })
  let most = 0
  const { write } = stream
  stream.write = function (...args) {
    const answer = write.apply(this, args)
    most = Math.max(most, stream.writableLength)
    return answer
  }
  const text = 'x'.repeat(16 * MIB)
  const { rows } = await client.query('SELECT length($1) AS length, md5($1) = md5($2) AS same', [text, text])
  expect(rows).toEqual([{ length: 16 * MIB, same: true }])
  expect(most).toBeGreaterThan(0)
  expect(most).toBeLessThan(MIB)
})

test('a result arrives whole and in order through a slow stream', async () => {
  const client = await openClient({ stream: new SocketStream({ pace: turn, highWaterMark: 1000 }) })
  const { rows } = await client.query("SELECT n, repeat('x', 1000) AS x FROM generate_series(1, 5000) n")
  expect(rows).toHaveLength(5000)
  expect(rows.every((row, index) => row.n === index + 1 && row.x.length === 1000)).toBe(true)
})

test('a consumer that is slower than the server slows the stream down', async () => {
  const stream = new SocketStream()
  const client = await openClient({ stream })
  const [size, count] = [100_000, 600]
  let seen = 0
  let furthest = 0
  const query = new subject.Query(`SELECT repeat('x', ${size}) AS x FROM generate_series(1, ${count})`)
  query.on('row', () => {
    seen += size
    furthest = Math.max(furthest, stream.received - seen)
    const until = performance.now() + 1
    while (performance.now() < until);
  })
  const over = new Promise((resolve, reject) => query.on('end', resolve).on('error', reject))
  client.query(query)
  await over
  expect(seen).toBe(size * count)
  // 4 MiB may wait in the mailbox; the rest is what the stream itself and the bridge may hold.
  expect(furthest).toBeLessThan(8 * MIB)
})
