'use strict'

const { openClient, openPool, failureOf } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')

// pg throws from inside the client, which answers nothing afterwards.
onlyOxpg('a text or a name that is no string rejects, and the client goes on', async () => {
  for (const owner of [await openClient(), openPool({ max: 1 })]) {
    for (const config of [
      { text: 5, name: 'five' },
      { text: 'SELECT 1', name: 5 },
    ]) {
      const error = await failureOf(owner.query(config))
      expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
      expect(error.message).toMatch(/^The "(text|name)" of a query must be a string, not number$/)
    }
    expect((await owner.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
  }
})
