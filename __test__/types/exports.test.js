'use strict'

const path = require('path')
const ts = require('typescript')

jest.setTimeout(120_000)

const ROOT = path.resolve(__dirname, '../..')
const PROGRAM = path.join(__dirname, 'generated-program.ts') // lives in memory alone

const OPTIONS = {
  strict: true,
  noEmit: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ['node'],
}

function programOf(text) {
  const host = ts.createCompilerHost(OPTIONS)
  const { getSourceFile, fileExists, readFile } = host
  host.fileExists = (file) => file === PROGRAM || fileExists(file)
  host.readFile = (file) => (file === PROGRAM ? text : readFile(file))
  host.getSourceFile = (file, ...rest) =>
    file === PROGRAM ? ts.createSourceFile(file, text, OPTIONS.target) : getSourceFile(file, ...rest)
  return ts.createProgram([PROGRAM], OPTIONS, host)
}

// One line per name that uses it as a value; gives the names whose line does not compile.
function notValues(names) {
  const program = programOf(
    [`import * as oxpg from '../..'`, ...names.map((name) => `void oxpg.${name}`)].join('\n')
  )
  const source = program.getSourceFile(PROGRAM)
  return program
    .getSemanticDiagnostics(source)
    .map(({ start }) => names[source.getLineAndCharacterOfPosition(start).line - 1])
}

function declaredNames() {
  const program = programOf(`import * as oxpg from '../..'`)
  const declarations = program.getSourceFile(path.join(ROOT, 'index.d.ts'))
  const checker = program.getTypeChecker()
  return checker.getExportsOfModule(checker.getSymbolAtLocation(declarations)).map((symbol) => symbol.name)
}

const oxpg = require('../..')

// `native` is not enumerable (E-14); `_pools` is a relic that nobody should find (E-13).
const exported = [...Object.keys(oxpg), 'native'].filter((name) => name !== '_pools')

test('every value that oxpg exports is declared', () => {
  expect(notValues(exported)).toEqual([])
})

test('every value that is declared is exported', () => {
  const names = declaredNames()
  const typesAlone = notValues(names)
  const values = names.filter((name) => !typesAlone.includes(name))
  expect(values.filter((name) => !(name in oxpg))).toEqual([])
  expect(values).toEqual(expect.arrayContaining(['Client', 'Pool', 'types', 'DatabaseError']))
  expect(typesAlone).toEqual(expect.arrayContaining(['ClientBase', 'PoolConfig']))
})
