'use strict'

const { openClient } = require('../support/connections')
const { onlyOxpg, subject } = require('../support/drivers')

onlyOxpg('a subclass of Query whose second page fails gets the error, and the client goes on', async () => {
  const client = await openClient()
  const seen = []
  class Paging extends subject.Query {
    handlePortalSuspended(connection) {
      seen.push('suspended')
      super.handlePortalSuspended(connection)
    }
  }
  const config = { text: 'SELECT 1 / (4 - i) AS n FROM generate_series(1, 5) i', rows: 2 }
  const error = await new Promise((resolve) => client.query(new Paging(config, resolve)))
  expect(error.message).toBe('division by zero')
  expect(seen).toEqual(['suspended'])
  expect((await client.query('SELECT 1 AS n')).rows).toEqual([{ n: 1 }])
})

onlyOxpg(
  'a subclass of Query copies from nothing by the extended protocol, and the client goes on',
  async () => {
    const client = await openClient()
    await client.query('CREATE TEMP TABLE nowhere (n int)')
    class Own extends subject.Query {
      handleCopyInResponse(connection) {
        super.handleCopyInResponse(connection)
      }
    }
    const config = { text: 'COPY nowhere FROM STDIN', queryMode: 'extended' }
    const error = await new Promise((resolve) => client.query(new Own(config, resolve)))
    expect(error.code).toBe('57014')
    expect((await client.query('SELECT 1 AS n')).rows).toEqual([{ n: 1 }])
  }
)

onlyOxpg('a value that throws in a subclass of Query calls back once, and the client goes on', async () => {
  const client = await openClient()
  class Own extends subject.Query {
    handleDataRow(msg) {
      super.handleDataRow(msg)
    }
  }
  const value = {
    toPostgres() {
      throw new Error('not today')
    },
  }
  const calls = []
  client.query(new Own('SELECT $1::text', [value], (error, result) => calls.push([error?.message, result])))
  expect((await client.query('SELECT 1 AS n')).rows).toEqual([{ n: 1 }])
  expect(calls).toEqual([['not today', undefined]])
})
