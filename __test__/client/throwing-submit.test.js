'use strict'

const { Client, Query } = require('../..')
const { failureOf } = require('../support/connections')
const { sharedServer } = require('../support/server')

// pg's client answers nothing afterwards.

let client
beforeEach(async () => {
  client = new Client(sharedServer().config)
  await client.connect()
})
afterEach(() => client.end())

const fail = () => {
  throw new Error('thrown on purpose')
}

function submittable(submit) {
  const query = { submit }
  query.failure = new Promise((resolve) => {
    query.handleError = resolve
  })
  return query
}

test.each([false, true])('what submit throws is the error of its query (queued: %s)', async (isQueued) => {
  const before = isQueued ? client.query('SELECT 1') : undefined
  const query = client.query(submittable(fail))
  const behind = client.query('SELECT 2 AS n')
  await before
  expect(await query.failure).toMatchObject({ message: 'thrown on purpose' })
  expect((await behind).rows).toEqual([{ n: 2 }])
})

test('a submit that throws in the middle of its messages costs the session, and everybody hears of it', async () => {
  const lost = new Promise((resolve) => client.once('error', resolve))
  const query = client.query(
    submittable((connection) => {
      connection.parse({ text: 'SELECT 1' })
      fail()
    })
  )
  const behind = failureOf(client.query('SELECT 2'))
  expect(await query.failure).toMatchObject({ message: 'thrown on purpose' })
  expect(await behind).toBeInstanceOf(Error)
  expect(await lost).toMatchObject({ message: 'Connection terminated unexpectedly' })
})

test.each(['submit', 'prepare', 'hasBeenParsed', '_getRows'])(
  'what an overridden %s throws is the error of its query, and the next query is answered',
  async (hook) => {
    class Failing extends Query {}
    Failing.prototype[hook] = fail
    const answers = []
    client.query(
      new Failing({ text: 'SELECT 1/0', values: [], rows: 1 }, (error) => answers.push(error.message))
    )
    expect((await client.query('SELECT 2 AS n')).rows).toEqual([{ n: 2 }])
    expect(answers).toEqual(['thrown on purpose'])
  }
)

test('in pipeline mode a submit that throws leaves the next query its turn', async () => {
  const piped = new Client({ ...sharedServer().config, pipeline: true })
  await piped.connect()
  class Failing extends Query {}
  Failing.prototype.submit = fail
  const failure = new Promise((resolve) => piped.query(new Failing('SELECT 1', resolve)))
  expect((await piped.query('SELECT 2 AS n')).rows).toEqual([{ n: 2 }])
  expect(await failure).toMatchObject({ message: 'thrown on purpose' })
  await piped.end()
})
