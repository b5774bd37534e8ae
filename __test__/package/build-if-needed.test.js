'use strict'

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const root = path.join(__dirname, '..', '..')
let copy

// The build scripts beside sources of their own, so that nothing here touches the real binary.
beforeEach(() => {
  copy = fs.mkdtempSync(path.join(os.tmpdir(), 'oxpg build '))
  for (const folder of ['scripts', 'lib']) {
    fs.cpSync(path.join(root, folder), path.join(copy, folder), { recursive: true })
  }
  for (const file of ['Cargo.toml', 'Cargo.lock', 'build.rs', 'package.json']) {
    fs.copyFileSync(path.join(root, file), path.join(copy, file))
  }
  fs.mkdirSync(path.join(copy, 'src', 'pool'), { recursive: true })
  write('src/lib.rs', 'pub mod pool;')
  write('src/pool/mod.rs', 'pub struct Pool;')
})

afterEach(() => fs.rmSync(copy, { recursive: true, force: true }))

function write(name, content) {
  fs.mkdirSync(path.dirname(path.join(copy, name)), { recursive: true })
  fs.writeFileSync(path.join(copy, name), content)
}

function run(...args) {
  const nowhere = path.join(copy, 'nowhere')
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => key.toUpperCase() !== 'PATH'))
  return spawnSync(process.execPath, args, {
    cwd: copy,
    encoding: 'utf8',
    env: { ...env, PATH: nowhere, CARGO_HOME: nowhere },
  })
}

function pretendBuilt(profile) {
  const script = `
    const fs = require('node:fs'), sources = require('./scripts/sources')
    fs.mkdirSync('native')
    fs.writeFileSync(sources.binary, '')
    fs.writeFileSync('native/binding.js', '')
    sources.remember(sources.digest(${JSON.stringify(profile)}))`
  expect(run('-e', script).stderr).toBe('')
}

const buildIfNeeded = () => run('scripts/build-if-needed.js')

test('without a binary and without cargo it fails and says what to install', () => {
  const { status, stderr } = buildIfNeeded()
  expect(status).toBe(1)
  expect(stderr).toContain('cargo was not found')
  expect(stderr).toMatch(/platform: +\w+-\w+/)
  expect(stderr).toMatch(/supported: +linux-x64-gnu, /)
  expect(stderr).toContain('Rust >= 1.88 (stable)')
})

test('a binary built from these sources needs no cargo', () => {
  pretendBuilt('release')
  expect(buildIfNeeded()).toMatchObject({ status: 0, stdout: '', stderr: '' })
})

test('a debug binary is replaced by a release one', () => {
  pretendBuilt('debug')
  expect(buildIfNeeded().status).toBe(1)
})

test.each(['src/pool/mod.rs', 'src/pool/reaper.rs', 'Cargo.lock'])(
  'a changed %s asks for a build',
  (name) => {
    pretendBuilt('release')
    write(name, '// changed')
    expect(buildIfNeeded().status).toBe(1)
  }
)

test('a removed binary asks for a build', () => {
  pretendBuilt('release')
  for (const name of fs.readdirSync(path.join(copy, 'native'))) {
    if (name.endsWith('.node')) fs.rmSync(path.join(copy, 'native', name))
  }
  expect(buildIfNeeded().status).toBe(1)
})

test('a change of time alone does not', () => {
  pretendBuilt('release')
  fs.utimesSync(path.join(copy, 'src/lib.rs'), new Date(), new Date(Date.now() + 60_000))
  expect(buildIfNeeded().status).toBe(0)
})
