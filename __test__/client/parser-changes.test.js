'use strict'

const types = require('pg-types')
const { openClient, openPool } = require('../support/connections')

const ROWS = 1500
const LONG = `SELECT g AS n, g::float8 AS f, 'text of ' || g AS t FROM generate_series(1, ${ROWS}) g`
const rowsOf = (read) =>
  Array.from({ length: ROWS }, (_, i) => ({ n: read(String(i + 1)), f: i + 1, t: `text of ${i + 1}` }))

/** Holds the event loop up, so that a whole result waits when JavaScript looks at its first rows. */
const holdUp = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)

// The verdict on one execution's parsers must not reach into the next one, which has the same ticket.
test('every row of a long result goes through the parsers of its own execution', async () => {
  const client = await openClient()
  for (let round = 0; round < 8; round++) {
    const parser = round % 2 === 0 ? types.getTypeParser(23) : (text) => `round ${round}: ${text}`
    client.setTypeParser(23, parser)
    const answer = client.query(LONG)
    setImmediate(holdUp)
    expect((await answer).rows).toEqual(rowsOf(parser))
  }
})

test('queries that bring parsers of their own do not disturb each other', async () => {
  const pool = openPool({ max: 2 })
  const one = async (round) => {
    const parser = round % 3 === 0 ? types.getTypeParser(23) : (text) => `round ${round}: ${text}`
    const own = {
      getTypeParser: (oid, format) => (oid === 23 ? parser : types.getTypeParser(oid, format)),
    }
    expect((await pool.query({ text: LONG, types: own })).rows).toEqual(rowsOf(parser))
  }
  for (let round = 0; round < 20; round++)
    await Promise.all([one(4 * round), one(4 * round + 1), one(4 * round + 2)])
})

// The native side remembers a bounded number of shapes; a statement outlives its place there.
test('a parser that changes is used also after thousands of results of other shapes', async () => {
  const client = await openClient()
  const known = () => client.query({ name: 'known', text: 'SELECT 7 AS n' })
  for (let i = 0; i < 4200; i++) {
    if (i % 500 === 0) await known()
    await client.query(`SELECT 1 AS shape_${i}`)
  }
  client.setTypeParser(23, (text) => `parsed ${text}`)
  expect((await known()).rows).toEqual([{ n: 'parsed 7' }])
  expect((await known()).rows).toEqual([{ n: 'parsed 7' }])
})
