'use strict'

const { openClient } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')

onlyOxpg(
  'a submittable is refused through its callback if it has no handleError, and the client goes on',
  async () => {
    const client = await openClient()
    const error = await new Promise((resolve) => client.query({ submit: () => {} }, resolve))
    expect(error.message).toContain('pg-cursor')
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  }
)
