'use strict'

// `npm test`: every check there is, in the order of what fails fastest, up to the first failure.
// `npm test -- rust jest` runs the named steps only. The last line counts the steps.

const { spawnSync } = require('node:child_process')
const path = require('node:path')

const { cargoEnvironment } = require('./cargo')

const root = path.join(__dirname, '..')
// A check that hangs is a failure with a name, not a CI job that is killed without one.
const STEP_LIMIT_MS = 40 * 60 * 1000

const node = (...args) => [process.execPath, args]
const tool = (name, bin, ...args) => node(path.join(root, 'node_modules', name, bin), ...args)

const steps = {
  build: node('scripts/build-if-needed.js'),
  rustfmt: ['cargo', ['fmt', '--check']],
  prettier: tool('prettier', 'bin/prettier.cjs', '--check', '.'),
  eslint: tool('eslint', 'bin/eslint.js', '.'),
  tsc: tool('typescript', 'bin/tsc', '-p', 'tsconfig.json'),
  tsd: tool('tsd', 'dist/cli.js'),
  clippy: ['cargo', ['clippy', '--all-targets', '--', '-D', 'warnings']],
  rust: ['cargo', ['test']],
  ecosystem: node('scripts/ecosystem.js'),
  jest: tool('jest', 'bin/jest.js', '--ci'),
}

function run(name, env) {
  const [command, args] = steps[name]
  console.log(`\n=== ${name}`)
  const started = Date.now()
  const { error, status, signal } = spawnSync(command, args, {
    cwd: root,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: STEP_LIMIT_MS,
  })
  const seconds = `${((Date.now() - started) / 1000).toFixed(1)} s`
  if (status === 0) return { name, passed: true, note: seconds }
  return {
    name,
    passed: false,
    note: `${seconds}, ${error ? error.message : signal || `exit code ${status}`}`,
  }
}

function runUntilFailure(names, env) {
  const outcomes = []
  for (const name of names) {
    outcomes.push(run(name, env))
    if (!outcomes.at(-1).passed) break
  }
  return outcomes
}

function report(names, outcomes) {
  console.log('\n=== summary')
  for (const { name, passed, note } of outcomes) {
    console.log(`${passed ? 'passed ' : 'FAILED '} ${name.padEnd(9)} ${note}`)
  }
  for (const name of names.slice(outcomes.length)) console.log(`not run ${name}`)
  const failed = outcomes.filter(({ passed }) => !passed).length
  console.log(`${outcomes.length - failed} passed, ${failed} failed`)
  return failed
}

function main(args) {
  const unknown = args.filter((name) => !Object.hasOwn(steps, name))
  if (unknown.length > 0) {
    console.error(`no such step: ${unknown.join(', ')}; the steps are: ${Object.keys(steps).join(', ')}`)
    return 2
  }
  const names = args.length > 0 ? args : Object.keys(steps)
  let env
  try {
    env = cargoEnvironment()
  } catch (error) {
    console.error(error.message)
    return 1
  }
  return report(names, runUntilFailure(names, env)) === 0 ? 0 : 1
}

process.exitCode = main(process.argv.slice(2))
