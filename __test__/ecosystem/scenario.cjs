'use strict'

// What every program in scenarios/ starts with. It runs in a process of its own (see harness.js), and what it observed
// is one JSON document, the last line of stdout.

const config = JSON.parse(process.env.ECOSYSTEM_CONFIG)
const part = encodeURIComponent
const url = `postgres://${part(config.user)}:${part(config.password)}@${config.host}:${config.port}/${part(config.database)}`

const observed = {}

/** Notes a value under a name; what the two drivers note must be the same. ECOSYSTEM_TRACE=1 tells how far it got. */
function observe(name, value) {
  if (process.env.ECOSYSTEM_TRACE) console.error(name)
  if (Object.hasOwn(observed, name)) throw new Error(`"${name}" is observed twice`)
  observed[name] = value === undefined ? null : JSON.parse(JSON.stringify(value, plain))
}

const plain = (key, value) => (typeof value === 'bigint' ? `${value}n` : value)

/** What is to be seen of the error that `work` (a promise or a function) fails with, or `{ resolved }`. */
async function failure(work) {
  try {
    return { resolved: await (typeof work === 'function' ? work() : work) }
  } catch (error) {
    return describe(error)
  }
}

const FIELDS = [
  'code',
  'severity',
  'detail',
  'schema',
  'table',
  'column',
  'constraint',
  'position',
  'routine',
  'syscall',
]

function describe(error) {
  const description = {
    class: error.constructor.name,
    name: error.name,
    message: withoutPlace(error.message),
  }
  for (const field of FIELDS) if (error[field] !== undefined) description[field] = withoutPlace(error[field])
  if (error.cause instanceof Error) description.cause = describe(error.cause)
  return description
}

/** The two drivers work in different databases, and the server's port is different every time. */
const withoutPlace = (value) =>
  typeof value === 'string'
    ? value.replaceAll(String(config.port), '<port>').replaceAll(config.database, '<database>')
    : value

/** Waits until `check` gives something true, and resolves with it. */
async function until(what, check, deadline = 15_000) {
  const end = Date.now() + deadline
  for (;;) {
    const value = await check()
    if (value) return value
    if (Date.now() > end) throw new Error(`waited ${deadline} ms in vain until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** Runs the scenario, which must let go of all that it holds: the process is to end by itself. */
function scenario(run) {
  const show = () => {
    const seen = { pg: require.resolve('pg'), observed }
    process.stdout.write(`\n${JSON.stringify(seen)}\n`)
  }
  run({ config, url, driver: process.env.ECOSYSTEM_DRIVER, observe, failure, describe, until }).then(
    show,
    (error) => {
      console.error(error)
      // What it has left open must not hide why it failed.
      process.exit(1)
    }
  )
}

module.exports = { scenario }
