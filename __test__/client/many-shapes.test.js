'use strict'

const { openClient } = require('../support/connections')
const { onlyOxpg, subject } = require('../support/drivers')

const DATE = 1082
const types = {
  getTypeParser: (oid, format) =>
    oid === DATE ? (text) => `date ${text}` : subject.types.getTypeParser(oid, format),
}

// The native side keeps 4,096 shapes of results and then starts over; a statement remembers its own for longer.
onlyOxpg('type parsers are asked for a statement whose shape was forgotten', async () => {
  const [plain, custom] = [await openClient(), await openClient({ types })]
  const text = `SELECT '2024-01-01'::date AS day`
  await plain.query(text)
  const manyShapes = Array.from({ length: 4200 }, (_, i) => `SELECT 1 AS shape${i}`)
  await plain.query(manyShapes.join(';'))
  expect((await custom.query(text)).rows).toEqual([{ day: 'date 2024-01-01' }])
})
