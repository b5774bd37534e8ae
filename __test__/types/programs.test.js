'use strict'

const path = require('node:path')
const ts = require('typescript')

jest.setTimeout(120_000)

function compile(config) {
  const host = {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (problem) => expect(problem).toBeUndefined(),
  }
  const { options, fileNames } = ts.getParsedCommandLineOfConfigFile(path.join(__dirname, config), {}, host)
  const program = ts.createProgram(fileNames, options)
  const problems = ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0
    return `${file && path.basename(file.fileName)}:${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
  })
  return { problems, files: program.getSourceFiles().map(({ fileName }) => fileName) }
}

const isForeign = (file) => /node_modules\/@types\/pg\//.test(file)

test('programs written against @types/pg compile against it', () => {
  const { problems, files } = compile('tsconfig.pg.json')
  expect(problems).toEqual([])
  expect(files.some(isForeign)).toBe(true)
})

test('the same programs, and the extension packages they use, compile against oxpg', () => {
  const { problems, files } = compile('tsconfig.oxpg.json')
  expect(problems).toEqual([])
  expect(files.filter(isForeign)).toEqual([])
})
