'use strict'

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const { currentPlatform } = require('../../lib/platform')

const root = path.join(__dirname, '..', '..')
let copy

// The package as it is installed, without native/.
beforeAll(() => {
  copy = fs.mkdtempSync(path.join(os.tmpdir(), 'oxpg without binary '))
  fs.cpSync(path.join(root, 'lib'), path.join(copy, 'lib'), { recursive: true })
  for (const file of ['index.js', 'package.json'])
    fs.copyFileSync(path.join(root, file), path.join(copy, file))
  fs.symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'), 'junction')
})

afterAll(() => fs.rmSync(copy, { recursive: true, force: true }))

function requireIt() {
  const script = `
    try { require(${JSON.stringify(copy)}) }
    catch (error) {
      const { name, message, code } = error
      console.log(JSON.stringify({ name, message, code, cause: error.cause && error.cause.code }))
    }`
  const child = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' })
  expect(child.stderr).toBe('')
  return JSON.parse(child.stdout)
}

test('a missing binary is one error that names the platform, what is supported and how to build', () => {
  const { name, message } = requireIt()
  expect(name).toBe('Error')
  expect(message).toContain(`oxpg could not load its native binary for ${currentPlatform()}`)
  expect(message).toContain('linux-x64-gnu, linux-arm64-gnu, linux-x64-musl')
  expect(message).toContain('install Rust >= 1.88 (stable')
  expect(message).toContain('npm run build')
})

test('the error keeps what the loader said, but does not pass for a module that is not installed', () => {
  const { code, cause } = requireIt()
  expect(cause).toBe('MODULE_NOT_FOUND')
  expect(code).toBeUndefined()
})

test('a binary that is broken gives the same error', () => {
  const native = path.join(copy, 'native')
  fs.mkdirSync(native)
  fs.writeFileSync(path.join(native, 'binding.js'), `require('./oxpg.node')`)
  fs.writeFileSync(path.join(native, 'oxpg.node'), 'not a library')
  const { message, cause } = requireIt()
  expect(message).toContain('oxpg could not load its native binary')
  expect(cause).toBe('ERR_DLOPEN_FAILED')
})
