'use strict'

// node scripts/build.js [--release] [--target <triple>] [-- <cargo flags>]
// Builds the addon into native/ and notes what it was built from, so that build-if-needed.js can tell.

const { spawnSync } = require('node:child_process')
const path = require('node:path')

const { cargoEnvironment } = require('./cargo')
const sources = require('./sources')

// Loader and binary must share a folder: the generated loader looks beside itself.
const output = ['--output-dir', 'native', '--js', 'binding.js', '--dts', 'binding.d.ts']

function build(args) {
  const env = cargoEnvironment()
  const cli = path.join(path.dirname(require.resolve('@napi-rs/cli/package.json')), 'dist', 'cli.js')
  const profile = args.includes('--release') ? 'release' : 'debug'
  // Taken before the build: an edit made while it runs must count as not built.
  const builtFrom = sources.digest(profile)
  sources.forget()
  const napi = spawnSync(process.execPath, [cli, 'build', '--platform', ...output, ...args], {
    cwd: sources.root,
    env,
    stdio: 'inherit',
  })
  if (napi.error) throw napi.error
  if (napi.status !== 0) throw new Error('oxpg: the native addon did not compile, see the messages above')
  // A binary for another platform says nothing about the one that runs here.
  if (!args.includes('--target')) sources.remember(builtFrom)
}

function main(args) {
  try {
    build(args)
  } catch (error) {
    console.error(error.message)
    process.exitCode = 1
  }
}

if (require.main === module) main(process.argv.slice(2))

module.exports = { main }
