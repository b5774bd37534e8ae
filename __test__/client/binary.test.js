'use strict'

const { openClient } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')

// pg decodes binary values as UTF-8 first, so that every byte above 127 is lost.
onlyOxpg('binary: true gives parsers the bytes of each value', async () => {
  const client = await openClient()
  const { rows, fields } = await client.query({
    text: 'SELECT $1::int4 AS n, $2::int4 AS negative, $3::bytea AS raw, NULL::int4 AS nothing, $4::float8 AS f',
    values: [200, -2, Buffer.from([0, 127, 128, 255]), 0.1],
    binary: true,
    types: { getTypeParser: (oid, format) => (value) => `${oid}/${format}/${value.toString('hex')}` },
  })
  expect(fields.map((field) => field.format)).toEqual(Array(5).fill('binary'))
  expect(rows).toEqual([
    {
      n: '23/binary/000000c8',
      negative: '23/binary/fffffffe',
      raw: '17/binary/007f80ff',
      nothing: null,
      f: '701/binary/3fb999999999999a',
    },
  ])
})

onlyOxpg('binary: true gives the values of pg-types, in rows of either mode', async () => {
  const client = await openClient()
  const config = {
    text: 'SELECT $1::int4 AS n, $2::bool AS yes, $3::text AS text',
    values: [200, true, 'é'],
    binary: true,
  }
  expect((await client.query(config)).rows).toEqual([{ n: 200, yes: true, text: 'é' }])
  expect((await client.query({ ...config, rowMode: 'array' })).rows).toEqual([[200, true, 'é']])
})
