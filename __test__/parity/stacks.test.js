'use strict'

// Catalogue 2.19: a promise's error shows the functions of the application that led to the query.

const { parity } = require('./harness')

const FUNCTIONS = /applicationEntry|applicationStep|applicationQuery/

// Names of the functions of the application in a stack, in order; where else the stack leads is the driver's business.
const functionsIn = (error) =>
  error.stack
    .split('\n')
    .filter((line) => FUNCTIONS.test(line))
    .map((line) => line.trim().match(/^at (async )?(\w+)/)?.[0])

const firstLine = (error) => error.stack.split('\n')[0]

async function trace(applicationQuery) {
  async function applicationStep() {
    await applicationQuery()
  }
  async function applicationEntry() {
    await applicationStep()
  }
  try {
    await applicationEntry()
  } catch (error) {
    return { firstLine: firstLine(error), functions: functionsIn(error) }
  }
}

const clientFailures = [
  ['a server error', (session) => session.query('selec 1')],
  ['a server error with values', (session) => session.query('select $1::int', ['x'])],
  ['a refused query', (session) => session.query({})],
  ['a parser exception', (session) => session.query({ text: 'select 1', types: { getTypeParser: () => () => { throw new Error('parser') } } })], // prettier-ignore
  ['an exception in a parameter', (session) => session.query('select $1', [{ toPostgres: () => { throw new Error('value') } }])], // prettier-ignore
]

parity.each(clientFailures)(
  ([what]) => `ST: client.query: the stack of ${what} leads to the caller`,
  async ({ connect }, [, query]) => {
    const client = await connect()
    return trace(async function applicationQuery() {
      await query(client)
    })
  }
)

parity.each(clientFailures)(
  ([what]) => `ST: pool.query: the stack of ${what} leads to the caller`,
  async ({ newPool }, [, query]) => {
    const pool = newPool()
    return trace(async function applicationQuery() {
      await query(pool)
    })
  }
)

parity.each(clientFailures)(
  ([what]) => `ST: pool.query of a watched pool: the stack of ${what} leads to the caller`,
  async ({ newPool }, [, query]) => {
    const pool = newPool()
    pool.on('acquire', () => {})
    return trace(async function applicationQuery() {
      await query(pool)
    })
  }
)

parity('ST: pool.connect: the stack of a failed connect leads to the caller', async ({ newPool }) => {
  const pool = newPool({ password: 'wrong' })
  return trace(async function applicationQuery() {
    await pool.connect()
  })
})

parity('pool.query: the stack of a failed connect leads to the caller', async ({ newPool }) => {
  const pool = newPool({ database: 'parity_no_such_database' })
  return trace(async function applicationQuery() {
    await pool.query('select 1')
  })
})

parity('client.query: the stack survives a change of the message', async ({ connect, outcome }) => {
  const client = await connect()
  const { rejected } = await outcome(client.query('selec 1'))
  return [typeof rejected.stack, firstLine(rejected)]
})
