'use strict'

const { randomBytes } = require('node:crypto')
const { inspect } = require('node:util')
const { subject } = require('./drivers')
const { sharedServer } = require('./server')
const { settles, until } = require('./until')

/**
 * Pools and clients of the driver under test that end with the test that opened them, so that a failing test leaves no
 * session to the next. Each has an `application_name` of its own, by which the server can be asked about its sessions.
 */
const opened = []

function openPool(options = {}) {
  const pool = new subject.Pool({ ...sharedServer().config, application_name: uniqueName(), ...options })
  opened.push(async () => pool.ending || settles('pool.end() after the test', pool.end()))
  return pool
}

/** A client that is not yet connected. */
function newClient(options = {}) {
  const client = new subject.Client({ ...sharedServer().config, application_name: uniqueName(), ...options })
  opened.push(() => settles('client.end() after the test', client.end()))
  return client
}

async function openClient(options) {
  const client = newClient(options)
  await client.connect()
  return client
}

/** Anything else that is to be closed after the test, last opened first closed: `after(() => server.stop())`. */
function after(close) {
  opened.push(close)
}

afterEach(async () => {
  const failures = []
  while (opened.length) {
    try {
      await opened.pop()()
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length) throw failures[0]
})

const uniqueName = () => `test-${randomBytes(6).toString('hex')}`

/** What the server knows of a pool's or client's sessions, oldest first: rows of pg_stat_activity. */
async function sessionsOf(owner, server = sharedServer()) {
  const name = owner.options?.application_name ?? owner.connectionParameters.application_name
  const text = `SELECT pid, state, wait_event, query FROM pg_stat_activity
                WHERE application_name = $1 AND backend_type = 'client backend' ORDER BY backend_start, pid`
  return (await server.query(text, [name])).rows
}

/** Those of them that execute a query at this moment. */
async function runningSessionsOf(owner, server = sharedServer()) {
  return (await sessionsOf(owner, server)).filter((session) => session.state === 'active')
}

/** Ends a session from outside, as an administrator would, and waits until the server has forgotten it. */
async function terminate(processID, server = sharedServer()) {
  await server.query('SELECT pg_terminate_backend($1)', [processID])
  const gone = async () =>
    !(await server.query('SELECT 1 FROM pg_stat_activity WHERE pid = $1', [processID])).rowCount
  await until('the server has ended the session', gone)
}

/**
 * Resolves with the error that a promise rejects with; fails if it fulfils, or rejects with something else than an error.
 * (Not asked with `instanceof`: an error made by Node or by native code is of another realm than jest's.)
 */
async function failureOf(promise) {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error) => ({ error })
  )
  if (!('error' in outcome)) throw new Error('the promise fulfilled, a rejection was expected')
  const { error } = outcome
  if (typeof error?.message !== 'string' || typeof error.stack !== 'string') {
    throw new Error(`the promise rejected with ${inspect(error)}, an error was expected`)
  }
  return error
}

module.exports = {
  openPool,
  newClient,
  openClient,
  after,
  sessionsOf,
  runningSessionsOf,
  terminate,
  failureOf,
  uniqueName,
}
