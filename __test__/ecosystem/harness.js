'use strict'

// Other people's packages on oxpg: a program in scenarios/ does a real task with a package, once on pg and once on oxpg
// in pg's place, each in a process and a database of its own. Both must have seen the same.

const fs = require('node:fs')
const path = require('node:path')
const { makeAlias } = require('./alias')
const { isInstalled } = require('../../scripts/ecosystem')
const { runProgram } = require('../support/child')
const { sharedServer, ownDatabase } = require('../support/server')
const { until } = require('../support/until')

const HOOK = path.join(__dirname, 'hook.cjs')
const OXPG = fs.realpathSync(path.join(__dirname, '..', '..', 'index.js'))
const LIMIT_MILLIS = 40_000

/**
 * Declares the tests of one scenario; `facts` are more of them: `{ [sentence]: (seen) => expect(seen.name)... }`, where
 * `seen` is what the scenario observed, so that two drivers that fail alike do not pass.
 *
 * Options: `env` is for its process. `aliased`: oxpg lies in a folder called `pg`, as npm would put it there. `handed`: pg
 * is the real one for both, and the scenario hands the driver that it is told to the package.
 */
function ecosystem(name, facts, options = {}) {
  if (!Object.keys(facts).length) throw new Error('expect something of what the scenario observes')

  describe(name, () => {
    let runs

    beforeAll(async () => {
      if (!isInstalled()) throw new Error('first install what is tested: npm test -- ecosystem')
      // One after the other: a scenario may look for its sessions, or end them, by their application_name.
      runs = { theirs: await run(name, 'pg', options), ours: await run(name, 'oxpg', options) }
    }, 2 * LIMIT_MILLIS)

    test('works on oxpg as on pg, and lets the process end', () => {
      expect(runs.ours.seen).toEqual(runs.theirs.seen)
    })

    test('leaves no session on the server', () => {
      expect(runs.ours.sessions).toEqual([])
    })

    test('prints no warning that it does not print on pg', () => {
      expect(runs.ours.said.filter((line) => !runs.theirs.said.includes(line))).toEqual([])
    })

    test.each(Object.entries(facts))('%s', (sentence, check) => {
      for (const { seen } of [runs.theirs, runs.ours]) check(seen)
    })
  })
}

async function run(name, driver, { env, aliased, handed }) {
  const database = await ownDatabase()
  const alias = aliased && driver === 'oxpg' ? makeAlias() : undefined
  try {
    const { code, signal, stdout, stderr } = await runProgram(scenarioFile(name), {
      nodeArgs: ['--require', HOOK],
      args: [driver],
      env: {
        ...env,
        ECOSYSTEM_DRIVER: driver,
        ECOSYSTEM_PG: handed ? 'pg' : driver,
        ECOSYSTEM_ALIAS: alias?.folder,
        ECOSYSTEM_CONFIG: JSON.stringify(database.config),
      },
      deadline: LIMIT_MILLIS,
    })
    if (code !== 0) throw new Error(`${name} on ${driver} ended with ${signal ?? `code ${code}`}\n${stderr}`)
    const printed = lines(stdout)
    const { pg, observed } = JSON.parse(printed.pop())
    if (isOurs(pg, alias) !== (driver === 'oxpg' && !handed)) throw new Error(`as pg, the scenario had ${pg}`)
    return {
      seen: observed,
      said: [...printed, ...lines(stderr)],
      sessions: await sessionsIn(database.config),
    }
  } finally {
    alias?.remove()
    await database.drop()
  }
}

function scenarioFile(name) {
  const files = ['.cjs', '.mjs'].map((extension) => path.join(__dirname, 'scenarios', name + extension))
  const file = files.find((candidate) => fs.existsSync(candidate))
  if (!file) throw new Error(`there is no ${files.join(' and no ')}`)
  return file
}

/** What is left after a moment, in which the server notices that the process has gone. */
async function sessionsIn({ database }) {
  const text = `SELECT application_name, state, query FROM pg_stat_activity
                WHERE datname = $1 AND backend_type = 'client backend'`
  const ask = async () => (await sharedServer().query(text, [database])).rows
  await until('the sessions have ended', async () => !(await ask()).length, { deadline: 5000 }).catch(
    () => {}
  )
  return ask()
}

const isOurs = (file, alias) => (alias ? file.startsWith(fs.realpathSync(alias.folder)) : file === OXPG)

/** Of a warning, Node prints the process id. */
const lines = (text) =>
  text
    .replace(/\(node:\d+\)/g, '(node)')
    .split('\n')
    .filter(Boolean)

module.exports = { ecosystem }
