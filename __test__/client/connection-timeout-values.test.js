'use strict'

const { newClient } = require('../support/connections')

// Configs that come from a URL hold strings.
test.each(['60000', 60_000, '', 'soon', 0, -1, NaN, null])(
  'connectionTimeoutMillis may be %p',
  async (value) => {
    const client = newClient({ connectionTimeoutMillis: value })
    await client.connect()
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  }
)
