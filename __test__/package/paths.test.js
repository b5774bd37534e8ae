'use strict'

// M-2 to M-5: the paths inside the package that other code loads, by this package's name and by pg's.

const path = require('node:path')
const { runProgram } = require('../support/child')

const PATHS = [
  'client',
  'connection',
  'connection-parameters',
  'defaults',
  'index',
  'query',
  'result',
  'stream',
  'type-overrides',
  'utils',
  'crypto/sasl',
  'crypto/utils',
  'crypto/cert-signatures',
]

// Most of these need pg-native, which pg does not bring along.
const OF_NATIVE = ['native', 'native/index', 'native/client', 'native/query']

const program = path.join(__dirname, 'programs', 'load-paths.js')

async function load(name, paths) {
  const { stdout, stderr, code } = await runProgram(program, { args: [name, ...paths] })
  if (code !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

test('every path that pg has is there, with and without .js, required and imported', async () => {
  const theirs = await load('pg', PATHS)
  const ours = await load('oxpg', PATHS)
  expect(Object.keys(ours.kinds)).toEqual(Object.keys(theirs.kinds))
  for (const [file, kind] of Object.entries(theirs.kinds)) {
    expect([file, ours.kinds[file]]).toEqual([file, kind])
  }
  expect(ours.same).toEqual(theirs.same)
})

test('the paths of pg-native lead to the one client there is', async () => {
  const { kinds, isClient } = await load('oxpg', OF_NATIVE)
  expect(Object.keys(kinds)).toEqual(OF_NATIVE)
  expect(isClient).toEqual({
    native: true,
    'native/index': true,
    'native/client': true,
    'native/query': false,
  })
})

test('package.json is exported, and its version is in the range that instrumentation wants', async () => {
  const { version } = await load('oxpg', [])
  expect(version).toMatch(/^8\./)
  expect((await load('pg', [])).version).toMatch(/^8\./)
})
