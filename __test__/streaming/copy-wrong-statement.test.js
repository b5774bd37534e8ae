'use strict'

const { openClient } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')
const { nextEvent } = require('../support/until')

const statements = [
  ['copyTo', 'SELECT 1'],
  ['copyTo', 'SELECT generate_series(1, 100000000)'],
  ['copyTo', 'CREATE TEMP TABLE other ()'],
  ['copyTo', ''],
  ['copyTo', 'COPY t FROM STDIN'],
  ['copyFrom', 'SELECT 1'],
  ['copyFrom', 'CREATE TEMP TABLE other ()'],
  ['copyFrom', ''],
  ['copyFrom', 'COPY (SELECT generate_series(1, 100000000)) TO STDOUT'],
]

onlyOxpg.each(statements)('%s() of "%s" is a clear error, and the client goes on', async (method, text) => {
  const client = await openClient()
  await client.query('CREATE TEMP TABLE t (a int)')
  const stream = client[method](text)
  const [error, closed] = [nextEvent(stream, 'error'), nextEvent(stream, 'close')]
  if (method === 'copyTo') stream.resume()
  else stream.end('1\n')
  const needed = method === 'copyTo' ? 'COPY ... TO STDOUT' : 'COPY ... FROM STDIN'
  expect(await error).toMatchObject([
    {
      code: 'ERR_OXPG_NOT_COPY',
      message: expect.stringContaining(`${method}() needs a statement of the form ${needed}`),
    },
  ])
  await closed
  expect((await client.query('SELECT count(*)::int4 AS n FROM t')).rows).toEqual([{ n: 0 }])
})

onlyOxpg('what the server refuses is its error', async () => {
  const client = await openClient()
  const stream = client.copyFrom('COPY nowhere FROM STDIN')
  const error = nextEvent(stream, 'error')
  stream.end('1\n')
  expect(await error).toMatchObject([{ code: '42P01' }])
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})
