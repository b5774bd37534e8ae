'use strict'

const { platformProblems, rootProblems } = require('../../scripts/check-pack')

const complete = [
  'LICENSE',
  'README.md',
  'docs/errors.md',
  'docs/tls.md',
  'examples/quickstart.js',
  'examples/tls.js',
  'index.d.ts',
  'index.js',
  'lib/native.js',
  'lib/platform.js',
  'lib/crypto/sasl.js',
  'native/binding.d.ts',
  'native/binding.js',
  'package.json',
  'types/client.d.ts',
  'types/pool.d.ts',
]
const manifest = { name: 'oxpg-linux-x64-gnu', version: '8.23.1', main: 'oxpg.linux-x64-gnu.node' }

test('a complete tarball has no problems', () => {
  expect(rootProblems(complete, { release: true })).toEqual([])
})

test('a missing loader is a problem', () => {
  const files = complete.filter((file) => file !== 'native/binding.js')
  expect(rootProblems(files, { release: false })).toEqual(['the tarball lacks native/binding.js'])
})

test.each([
  '__test__/pool.test.js',
  'src/lib.rs',
  'npm/darwin-x64/package.json',
  '.env',
  'lib/notes.md',
  'examples/demo.js',
])('%s does not belong in the tarball', (file) => {
  expect(rootProblems([...complete, file], { release: false })).toEqual([
    `the tarball must not contain ${file}`,
  ])
})

test('a binary belongs in the tarball of a checkout, not in the published one', () => {
  const files = [...complete, 'native/oxpg.linux-x64-gnu.node']
  expect(rootProblems(files, { release: false })).toEqual([])
  expect(rootProblems(files, { release: true })).toEqual([
    'the tarball must not contain native/oxpg.linux-x64-gnu.node',
  ])
})

test('a complete platform package has no problems', () => {
  expect(platformProblems('linux-x64-gnu', manifest, () => true, '8.23.1')).toEqual([])
})

test('a platform package without its binary, or of another version, is a problem', () => {
  expect(platformProblems('linux-x64-gnu', manifest, () => false, '8.24.0')).toEqual([
    'oxpg-linux-x64-gnu is version 8.23.1, not 8.24.0',
    'npm/linux-x64-gnu lacks oxpg.linux-x64-gnu.node',
  ])
})
