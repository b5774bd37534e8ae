'use strict'

// Catalogue Z-3: getTransactionStatus() is what the last ReadyForQuery said.

const { parity } = require('./harness')

parity('Z-3: null before connecting, I once connected', async ({ newClient }) => {
  const client = newClient()
  const before = client.getTransactionStatus()
  await client.connect()
  return [before, client.getTransactionStatus()]
})

const walks = [
  ['begin and commit', ['begin', 'select 1', 'commit']],
  ['begin and rollback', ['begin', 'rollback']],
  ['an error and a rollback', ['begin', 'select 1/0', 'select 1', 'rollback']],
  ['an error and a commit', ['begin', 'select 1/0', 'commit']],
  ['savepoints', ['begin', 'savepoint a', 'select 1/0', 'rollback to a', 'select 1', 'release a', 'commit']],
  ['an error outside', ['select 1/0', 'select 1']],
  ['two statements', ['begin; select 1', 'commit; begin', 'rollback; select 1']],
  ['an error of the driver', ['begin', {}, 'commit']],
  ['begin within begin', ['begin', 'begin', 'commit', 'commit']],
  ['a syntax error inside', ['begin', 'selec', '', 'rollback']],
  [
    'prepared statements',
    [
      { text: 'begin', queryMode: 'extended' },
      { name: 's', text: 'select 1' },
      { text: 'commit', queryMode: 'extended' },
    ],
  ],
]

parity.each(walks)(
  ([what]) => `Z-3: the status through ${what}`,
  async ({ connect, outcome }, [, queries]) => {
    const client = await connect()
    const seen = []
    for (const query of queries) {
      const { rejected } = await outcome(async () => client.query(query))
      // The status after an error is certain only once the next query has answered.
      if (rejected) await outcome(client.query('select 1'))
      seen.push([query, rejected?.message, client.getTransactionStatus()])
    }
    return seen
  }
)

parity('Z-3: the status is new in a success callback', async ({ connect }) => {
  const client = await connect()
  return new Promise((resolve) => client.query('begin', () => resolve(client.getTransactionStatus())))
})

parity('Z-3: the status of a pooled client', async ({ newPool }) => {
  const pool = newPool({ max: 1 })
  const client = await pool.connect()
  const seen = [client.getTransactionStatus()]
  await client.query('begin')
  seen.push(client.getTransactionStatus())
  await client.query('commit')
  seen.push(client.getTransactionStatus())
  client.release()
  return seen
})
