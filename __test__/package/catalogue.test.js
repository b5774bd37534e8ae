'use strict'

// docs/compatibility.md answers for every row of the catalogue of pg's behaviour, and its answers are backed by tests.

const fs = require('node:fs')
const path = require('node:path')
const { sections, groups } = require('./catalogue')

const root = path.join(__dirname, '..', '..')
const STATUSES = ['same', 'better', 'not yet']
const RANGE = /([A-Z]+)-(\d+) (?:\.\.\.|to) (?:\1-)?(\d+)/g

const idsOfRange = (prefix, from, to) =>
  Array.from({ length: to - from + 1 }, (_, i) => `${prefix}-${Number(from) + i}`)

// `A-1, A-2` and `C-11 ... C-13` as single ids.
const idsOf = (cell) =>
  cell
    .replace(RANGE, (_, prefix, from, to) => idsOfRange(prefix, from, to).join(', '))
    .split(',')
    .map((id) => id.trim())

// A `\|` is part of a cell.
const cellsOf = (line) =>
  line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim())

const tableRows = (text) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('|') && !line.startsWith('|---'))
    .map(cellsOf)

const statusRows = (text) =>
  tableRows(text)
    .filter((cells) => cells.length === 4 && cells[0] !== 'Id')
    .flatMap(([ids, shown, status, note]) => idsOf(ids).map((id) => ({ id, shown, status, note })))

const deviationRows = (text) =>
  tableRows(text)
    .filter(([id]) => /^DV-\d+$/.test(id))
    .map((cells) => ({ id: cells[0], test: cells.at(-1) }))

/** Every id that a text quotes, those within a range (`L-1 to L-3`) too. */
function quotedIn(text) {
  const ids = new Set(text.match(/(?<![\w-])(?:[A-Z]{1,3}-\d+b?|[A-Z]{2,3}|\d\.\d+)(?![\w-])/g))
  for (const [, prefix, from, to] of text.matchAll(RANGE))
    for (const id of idsOfRange(prefix, from, to)) ids.add(id)
  return ids
}

function testFiles(folder) {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : testFiles(file)
    // This list of ids is no test of any of them.
    return /\.(js|cjs|ts|mts)$/.test(entry.name) && !entry.name.startsWith('catalogue') ? [file] : []
  })
}

const document = fs.readFileSync(path.join(root, 'docs', 'compatibility.md'), 'utf8')
const answers = statusRows(document)
const deviations = deviationRows(document)
const answered = new Set(answers.map(({ id }) => id))

const twice = (ids) => ids.filter((id, at) => ids.indexOf(id) !== at)

test.each(Object.entries(sections))('%s: every row has an answer', (section, priorities) => {
  const ids = Object.values(priorities).flat()
  expect(ids.filter((id) => !answered.has(id))).toEqual([])
})

test.each(Object.entries(groups))('%s: the section has an answer', (section, ids) => {
  expect(ids.filter((id) => !answered.has(id))).toEqual([])
})

test('no answer is without a row in the catalogue', () => {
  const known = new Set([
    ...Object.values(sections).flatMap(Object.values).flat(2),
    ...Object.values(groups).flat(),
  ])
  expect([...answered].filter((id) => !known.has(id))).toEqual([])
})

test('every id stands for one thing', () => {
  expect(twice(answers.map(({ id }) => id))).toEqual([])
  expect(twice(deviations.map(({ id }) => id))).toEqual([])
})

test('every status is one of those that the page explains', () => {
  expect(answers.filter(({ status }) => !STATUSES.includes(status))).toEqual([])
})

test('a row that says "same" is quoted by a test', () => {
  const quoted = quotedIn(
    testFiles(path.join(root, '__test__'))
      .map((file) => fs.readFileSync(file, 'utf8'))
      .join('\n')
  )
  const unquoted = answers.filter(({ id, status }) => status === 'same' && !quoted.has(id))
  expect(unquoted.map(({ id }) => id)).toEqual([])
})

test('a row that says "better" names the deviation that says why', () => {
  const silent = answers.filter(
    ({ status, note }) => status === 'better' && !/DV-\d+|\(#additions\)/.test(note)
  )
  expect(silent.map(({ id }) => id)).toEqual([])
})

test('every deviation that the page names is in its table', () => {
  const known = new Set(deviations.map(({ id }) => id))
  const named = [...quotedIn(document)].filter((id) => id.startsWith('DV-'))
  expect(named.length).toBeGreaterThan(20)
  expect(named.filter((id) => !known.has(id))).toEqual([])
})

test('every deviation names a test that exists', () => {
  const missing = deviations.filter(({ test }) => {
    const file = /^`(__test__\/[\w./-]+\.test\.js)`$/.exec(test)?.[1]
    return !file || !fs.existsSync(path.join(root, file))
  })
  expect(missing).toEqual([])
})

test('a row that says "not yet" says what happens instead', () => {
  const silent = answers.filter(({ status, note }) => status === 'not yet' && note === '')
  expect(silent.map(({ id }) => id)).toEqual([])
})

test('the reader of the page finds what it looks for', () => {
  const page = '| Id | In pg | Status | Note |\n|---|---|---|---|\n| A-1, B-2 ... B-4 | a \\| b | same | |\n'
  expect(statusRows(page).map(({ id, shown, status }) => [id, shown, status])).toEqual(
    ['A-1', 'B-2', 'B-3', 'B-4'].map((id) => [id, 'a \\| b', 'same'])
  )
  expect([...quotedIn('L-1 to L-3, PO-11: 2.13 and DW; XL-9x')].sort()).toEqual(
    ['2.13', 'DW', 'L-1', 'L-2', 'L-3', 'PO-11'].sort()
  )
  expect(twice(['a', 'b', 'a'])).toEqual(['a'])
})
