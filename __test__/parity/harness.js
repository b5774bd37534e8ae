'use strict'

// Parity: a case is one function that runs through pg and through oxpg against the same server; what it returns and
// what it logs, made plain by describeValue, must be the same on both sides.

const { describeValue } = require('./describe-value')
const { SIDES, oursIsPg } = require('./drivers')
const { createContext, closeShared } = require('./case-context')

const SIDE_LIMIT_MILLIS = 8000
const NAME_OF = { theirs: 'pg', ours: oursIsPg ? 'pg, in place of oxpg' : 'oxpg' }

// By name, so that a child process that loads the same file finds the case it has to run (see run-in-child.js).
const cases = new Map()

const limited = async (work, say) => {
  let timer
  const limit = new Promise((resolve, reject) => {
    timer = setTimeout(() => reject(new Error(say())), SIDE_LIMIT_MILLIS)
  })
  try {
    return await Promise.race([work, limit])
  } finally {
    clearTimeout(timer)
  }
}

/** Runs a case on one side and gives what it has shown. */
async function observe(run, side) {
  const { context, close } = createContext(side)
  const soFar = () => `it logged so far: ${JSON.stringify(context.log.labels())}`
  let observation
  let failure
  try {
    const returned = await limited(run(context), () => `${NAME_OF[side]}: the case did not end; ${soFar()}`)
    observation = { returned: describeValue(returned), log: context.log.entries.slice() }
  } catch (error) {
    failure = error
  }
  try {
    await limited(
      close(),
      () => `${NAME_OF[side]}: a session of the case did not end (not released?); ${soFar()}`
    )
  } catch (error) {
    failure ??= error
  }
  if (failure) {
    if (failure instanceof Error) failure.message = `[${NAME_OF[side]}] ${failure.message}`
    throw failure
  }
  if (observation.returned === undefined && observation.log.length === 0) {
    throw new Error('the case observes nothing, so it can not fail')
  }
  return observation
}

/** Fails unless both observations are the same. */
function expectSame(ours, theirs) {
  expect(ours).toStrictEqual(theirs)
}

const observeAnywhere = (name, run, side, options) =>
  options.child ? require('./run-in-child').observeInChild(name, side, options.child) : observe(run, side)

function declare(name, run, options, check) {
  if (cases.has(name)) throw new Error(`two cases are called "${name}"`)
  cases.set(name, run)
  const limit = 3 * SIDE_LIMIT_MILLIS
  test(name, async () => check((side) => observeAnywhere(name, run, side, options)), limit)
}

/**
 * Declares a case. `options.child` (an object of environment variables) runs each side in a Node process of its own,
 * for what jest hides: uncaught exceptions and the time zone.
 */
function parity(name, run, options = {}) {
  declare(name, run, options, async (see) => {
    const theirs = await see('theirs')
    expectSame(await see('ours'), theirs)
  })
}

/** Declares one case per row; `name(row)` is its sentence, `options(row)` its options, if any. */
parity.each =
  (rows) =>
  (name, run, options = () => ({})) => {
    for (const row of rows) parity(name(row), (context) => run(context, row), options(row))
  }

/**
 * Declares a case in which oxpg differs from pg on purpose (docs/compatibility.md): each side must show the value that
 * is written down for it, so that neither can move unseen.
 */
function deviation(name, run, expected) {
  declare(`deviation: ${name}`, run, {}, async (see) => {
    for (const side of SIDES) {
      if (side === 'ours' && oursIsPg) continue
      const { returned, log } = await see(side)
      expect({ side, shown: returned ?? log }).toStrictEqual({ side, shown: describeValue(expected[side]) })
    }
  })
}

afterAll(closeShared)

module.exports = { parity, deviation, observe, expectSame, cases }
