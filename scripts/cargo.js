'use strict'

// Finds cargo, also where rustup put it without telling the shell that npm was started from.

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const { currentPlatform, supported } = require('../lib/platform')

const root = path.join(__dirname, '..')

// The one place that states the oldest compiler is Cargo.toml.
function requiredRust() {
  const manifest = fs.readFileSync(path.join(root, 'Cargo.toml'), 'utf8')
  return /^rust-version = "([\d.]+)"/m.exec(manifest)[1]
}

function atLeast(version, wanted) {
  const left = version.split('.').map(Number)
  const right = wanted.split('.').map(Number)
  for (let i = 0; i < right.length; i++) {
    if ((left[i] || 0) !== right[i]) return (left[i] || 0) > right[i]
  }
  return true
}

function explain(problem) {
  return [
    `oxpg: ${problem}`,
    `  platform:  ${currentPlatform()}`,
    `  supported: ${supported.join(', ')}`,
    `  to build:  install Rust >= ${requiredRust()} (stable) from https://rustup.rs, then run \`npm run build\``,
  ].join('\n')
}

// The environment in which `cargo` can be started by name, or an error that says how to get it.
function cargoEnvironment(env = process.env) {
  const home = env.CARGO_HOME || path.join(os.homedir(), '.cargo')
  const pathKey = Object.keys(env).find((key) => key.toUpperCase() === 'PATH') || 'PATH'
  const searched = [env[pathKey], path.join(home, 'bin')].filter(Boolean).join(path.delimiter)
  const cargoEnv = { ...env, [pathKey]: searched }
  const asked = spawnSync('cargo', ['--version'], { cwd: root, env: cargoEnv, encoding: 'utf8' })
  if (asked.error || asked.status !== 0) {
    const detail = asked.error ? '' : `\n${asked.stderr.trim()}`
    throw new Error(explain(`the native addon must be compiled, and cargo was not found.${detail}`))
  }
  const version = /(\d+\.\d+\.\d+)/.exec(asked.stdout)
  if (version && !atLeast(version[1], requiredRust())) {
    throw new Error(explain(`the native addon must be compiled, and Rust ${version[1]} is too old.`))
  }
  return cargoEnv
}

module.exports = { atLeast, cargoEnvironment }
