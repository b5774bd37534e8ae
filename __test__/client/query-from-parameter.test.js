'use strict'

const { openClient, openPool } = require('../support/connections')

test('a query that a parameter sends while it is serialised does not disturb the other parameters', async () => {
  const pool = openPool({ max: 2 })
  let inner
  const curious = {
    toPostgres() {
      inner = pool.query('SELECT $1::text AS inner, $2::bytea AS bytes', [
        'x'.repeat(5000),
        Buffer.from('inner'),
      ])
      return 'middle'
    },
  }
  const values = ['first value', curious, Buffer.from('last')]
  const outer = await pool.query('SELECT $1::text AS a, $2::text AS b, $3::bytea AS c', values)
  expect(outer.rows).toEqual([{ a: 'first value', b: 'middle', c: Buffer.from('last') }])
  expect((await inner).rows).toEqual([{ inner: 'x'.repeat(5000), bytes: Buffer.from('inner') }])
})

test('values that a parameter adds while it is serialised are not sent', async () => {
  const client = await openClient()
  const values = ['first', undefined]
  values[1] = { toPostgres: () => (values.push('third'), 'second') }
  const { rows } = await client.query('SELECT $1::text AS a, $2::text AS b', values)
  expect(rows).toEqual([{ a: 'first', b: 'second' }])
})
