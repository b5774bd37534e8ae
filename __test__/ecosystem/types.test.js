'use strict'

// Where ORMs ask for `pg.Pool` in their declarations, ours passes: beside @types/pg, and under the alias `pg`.

const path = require('node:path')
const ts = require('typescript')

jest.setTimeout(120_000)

const program = path.join(__dirname, 'types', 'orm-program.ts')
const foreign = path.join('node_modules', '@types', 'pg', 'index.d.ts')
const options = {
  strict: true,
  noEmit: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  esModuleInterop: true,
  experimentalDecorators: true,
  // The declarations of the ORMs are theirs.
  skipLibCheck: true,
  types: ['node'],
}

function compile(extra) {
  const compiled = ts.createProgram([program], { ...options, ...extra })
  const problems = ts
    .getPreEmitDiagnostics(compiled)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
  const files = compiled.getSourceFiles().map(({ fileName }) => path.normalize(fileName))
  return { problems, usesForeign: files.some((file) => file.endsWith(foreign)) }
}

const root = path.join(__dirname, '..', '..')
const withPg = (...file) => ({ paths: { pg: [path.join(root, ...file)] } })

// The repository's @types/pg is the current one; a dependency of some ORM brings an older one, whose connect() differs.
test('beside @types/pg, which the declarations of the ORMs use', () => {
  expect(compile(withPg('node_modules', '@types', 'pg', 'index.d.ts'))).toEqual({
    problems: [],
    usesForeign: true,
  })
})

test('under the alias, where pg is oxpg for the ORMs too', () => {
  expect(compile(withPg('index.d.ts'))).toEqual({ problems: [], usesForeign: false })
})
