'use strict'

const { openClient } = require('../support/connections')
const { onlyOxpg, subject } = require('../support/drivers')

// The native side may have read a whole result before JavaScript says which parsers are right for it. That verdict
// must not be taken for one on the next result, whose rows would then not be kept for packing anew.
const DATE = 1082
const types = {
  getTypeParser: (oid, format) =>
    oid === DATE ? (text) => `date ${text}` : subject.types.getTypeParser(oid, format),
}
const LARGE_ENOUGH_TO_BE_JUDGED = `SELECT repeat('y', 9000) AS y`
const expected = Array.from({ length: 1000 }, () => ({ day: 'date 2024-01-01', text: 'x'.repeat(100) }))

// Another column name in every round, because a statement's second execution knows the parsers.
const manyBatches = (round) =>
  `SELECT '2024-01-01'::date AS day, repeat('x', 100) AS text, NULL AS round${round} FROM generate_series(1, 1000)`

const withoutRound = (rows) => rows.map(({ day, text }) => ({ day, text }))

onlyOxpg('a verdict on one query is not taken for one on the next', async () => {
  const client = await openClient({ types })
  for (let round = 0; round < 20; round++) {
    await client.query(LARGE_ENOUGH_TO_BE_JUDGED)
    const { rows } = await client.query(manyBatches(round))
    expect(withoutRound(rows)).toEqual(expected)
  }
})

onlyOxpg('nor is a verdict on one statement of a query for one on the next', async () => {
  const client = await openClient({ types })
  for (let round = 0; round < 20; round++) {
    const [, { rows }] = await client.query(`${LARGE_ENOUGH_TO_BE_JUDGED}; ${manyBatches(round)}`)
    expect(withoutRound(rows)).toEqual(expected)
  }
})
