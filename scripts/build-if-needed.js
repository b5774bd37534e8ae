'use strict'

// Runs after `npm install` in a checkout, before the demo, the benchmark and the tests: builds the release
// binary if there is none, or if the Rust sources are not the ones it was built from.

const { main } = require('./build')
const { isFresh } = require('./sources')

if (!isFresh()) {
  // Not on stdout: that belongs to what runs after the build, such as `npm run bench -- --json`.
  console.error('oxpg: building the native addon (release); the first time takes a few minutes')
  main(['--release'])
}
