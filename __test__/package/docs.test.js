'use strict'

const fs = require('node:fs')
const path = require('node:path')

const root = path.join(__dirname, '..', '..')
const inDocs = fs.readdirSync(path.join(root, 'docs')).map((name) => `docs/${name}`)
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...inDocs.filter((name) => name.endsWith('.md')),
]

const read = (page) => fs.readFileSync(path.join(root, page), 'utf8')

// [text](target), without addresses of other places and without the part behind #.
const links = (text) =>
  [...text.matchAll(/\]\((?!https?:)([^)#]*)[^)]*\)/g)]
    .map((match) => match[1])
    .filter((target) => target !== '')

const testPaths = (text) => [...text.matchAll(/`(__test__\/[\w./-]+)`/g)].map((match) => match[1])

test.each(pages)('%s links to pages that exist, and names tests that exist', (page) => {
  const text = read(page)
  const folder = path.join(root, path.dirname(page))
  const missing = [
    ...links(text).filter((target) => !fs.existsSync(path.join(folder, target))),
    ...testPaths(text).filter((target) => !fs.existsSync(path.join(root, target))),
  ]
  expect(missing).toEqual([])
})

test('every deviation has a reason and a test', () => {
  const rows = read('docs/compatibility.md')
    .split('\n')
    .filter((line) => /^\| DV-\d+ \|/.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()))
  expect(rows.length).toBeGreaterThan(10)
  const incomplete = rows.filter(([, , theirs, ours, reason, proof]) => !(theirs && ours && reason && proof))
  expect(incomplete.map(([, id]) => id)).toEqual([])
})

test('the looker finds what it looks for', () => {
  expect(links('[a](b.md) [c](https://example.org/d) [e](#f) [g](../h.md#i)')).toEqual(['b.md', '../h.md'])
  expect(testPaths('see `__test__/pool/end.test.js` and `__test__/parity/`')).toEqual([
    '__test__/pool/end.test.js',
    '__test__/parity/',
  ])
})

test('docs/errors.md has every code of its own that the sources give, and no other', () => {
  const codes = (text) => text.match(/ERR_OXPG_[A-Z_]+|OXPG_IDLE_ERROR/g) ?? []
  const sources = ['lib', 'src'].flatMap((folder) =>
    fs
      .readdirSync(path.join(root, folder), { recursive: true })
      .filter((name) => /\.(js|rs)$/.test(name))
      .flatMap((name) => codes(read(path.join(folder, name))))
  )
  expect([...new Set(codes(read('docs/errors.md')))].sort()).toEqual([...new Set(sources)].sort())
})
