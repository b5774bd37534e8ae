'use strict'

// What makes pg's client wait for ever, or throws where nobody can catch it: here it is the error of its query.

const { openClient, openPool, failureOf } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')

const broken = [
  ['types that are no types', { text: 'SELECT 1 AS n', types: {} }, TypeError],
  [
    'types whose getTypeParser throws',
    {
      text: 'SELECT 1 AS n',
      types: {
        getTypeParser() {
          throw new RangeError('mine')
        },
      },
    },
    RangeError,
  ],
  ['types that give no function', { text: 'SELECT 1 AS n', types: { getTypeParser: () => 5 } }, TypeError],
]

for (const [what, config, kind] of broken) {
  onlyOxpg(`${what} are the error of their query, and the next one works`, async () => {
    for (const session of [await openClient(), openPool({ max: 1 })]) {
      expect(await failureOf(session.query(config))).toBeInstanceOf(kind)
      expect((await session.query('SELECT 2 AS n')).rows).toEqual([{ n: 2 }])
      expect((await session.query('SELECT $1::int4 AS n', [3])).rows).toEqual([{ n: 3 }])
    }
  })
}

onlyOxpg('a fetch size below zero is none', async () => {
  const client = await openClient()
  for (const rows of [-1, -5, NaN, 'x', 1.5]) {
    const result = await client.query({ text: 'SELECT i FROM generate_series(1, 3) i', rows })
    expect(result.rows).toHaveLength(3)
  }
})
