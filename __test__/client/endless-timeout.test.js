'use strict'

const { openClient } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')

// To pg these are one millisecond, because setTimeout cannot wait so long.
onlyOxpg.each([Infinity, 1e300, Number.MAX_SAFE_INTEGER])(
  'a connection timeout of %p is no limit',
  async (connectionTimeoutMillis) => {
    const client = await openClient({ connectionTimeoutMillis })
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  }
)
