'use strict'

const { openClient } = require('../support/connections')
const { onlyOxpg, subject } = require('../support/drivers')

const NUMBER = 23
const asText = (text) => `text ${text}`

/** Parsers of a query of its own: integers are texts, except in the columns named. */
function typesWithout(...defaults) {
  let column = 0
  return {
    getTypeParser: (oid, format) => {
      const parser = subject.types.getTypeParser(oid, format)
      return oid === NUMBER && !defaults.includes(column++ % 10) ? asText : parser
    },
  }
}

// Ten integers of one digit: a batch holds more lengths of texts than the array for numbers has places.
onlyOxpg('numbers that came as texts fit when the next query wants them as numbers', async () => {
  const client = await openClient()
  const columns = Array.from({ length: 10 }, (_, i) => `7 AS c${i}`).join(', ')
  const text = `SELECT ${columns} FROM generate_series(1, 3000)`
  await client.query({ text, types: typesWithout(0) })
  const { rows } = await client.query({ text, types: typesWithout(1, 2, 3, 4, 5, 6, 7, 8, 9) })
  const expected = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`c${i}`, i === 0 ? 'text 7' : 7]))
  expect(rows).toHaveLength(3000)
  expect(rows.findIndex((row) => JSON.stringify(row) !== JSON.stringify(expected))).toBe(-1)
})
