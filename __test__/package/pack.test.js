'use strict'

// The package as a user gets it: packed, installed in an empty project, required, asked something.

const { execFileSync, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const { currentPlatform } = require('../../lib/platform')
const { rootProblems } = require('../../scripts/check-pack')

const root = path.join(__dirname, '..', '..')
const platform = currentPlatform()
const binary = `oxpg.${platform}.node`
const INSTALL_LIMIT_MS = 120_000

// The path has a space in it because users' paths do.
let scratch
let dependencies

beforeAll(() => {
  scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'oxpg pack '))
  dependencies = dependencyFolders(root).map(pack)
}, INSTALL_LIMIT_MS)

afterAll(() => fs.rmSync(scratch, { recursive: true, force: true }))

function npm(args, cwd) {
  // npm is a script file on Windows, which only a shell starts.
  const shell = process.platform === 'win32'
  return execFileSync('npm', shell ? args.map((arg) => `"${arg}"`) : args, {
    cwd,
    encoding: 'utf8',
    shell,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A test run inside `npm test` inherits its settings, which point at this checkout.
    env: Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^npm_/i.test(key))),
  })
}

// Packs a folder and returns the tarball's path.
function pack(folder) {
  const destination = fs.mkdtempSync(path.join(scratch, 'tarball '))
  npm(['pack', '--ignore-scripts', '--pack-destination', destination], folder)
  return path.join(destination, fs.readdirSync(destination)[0])
}

// oxpg's own dependencies come from this checkout, so that the test needs no network.
function dependencyFolders(folder, found = new Map()) {
  const manifest = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'))
  const { dependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = manifest
  // npm installs peers by itself: pg-pool's is pg.
  const peers = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional)
  for (const name of [...Object.keys(dependencies), ...peers]) {
    if (found.has(name)) continue
    const home = [path.join(folder, 'node_modules'), ...require.resolve.paths(name)]
      .map((place) => path.join(place, name))
      .find((place) => fs.existsSync(path.join(place, 'package.json')))
    found.set(name, fs.realpathSync(home))
    dependencyFolders(found.get(name), found)
  }
  return [...found.values()]
}

function install(name, tarballs, { alias = false } = {}) {
  const project = path.join(scratch, name)
  fs.mkdirSync(project)
  fs.writeFileSync(path.join(project, 'package.json'), '{ "name": "app", "private": true }')
  // A cache of its own: what an earlier install left in the user's must not hide a missing dependency.
  const settings = ['--offline', '--no-audit', '--no-fund', '--cache', path.join(scratch, 'cache')]
  // Under the alias, pg-pool's peer is oxpg.
  const others = dependencies.filter((tarball) => !alias || !/^pg-\d/.test(path.basename(tarball)))
  npm(['install', ...settings, ...tarballs, ...others], project)
  return project
}

function installedFiles(project) {
  const home = path.join(project, 'node_modules', 'oxpg')
  const isFile = (name) => fs.statSync(path.join(home, name)).isFile()
  return fs
    .readdirSync(home, { recursive: true })
    .filter(isFile)
    .map((name) => name.replaceAll(path.sep, '/'))
}

// Runs a script of the project to its natural end; it has to leave by itself.
function run(project, file, source) {
  fs.writeFileSync(path.join(project, file), source)
  const child = spawnSync(process.execPath, [file], { cwd: project, encoding: 'utf8', timeout: 25_000 })
  expect(child.stderr).toBe('')
  expect(child.status).toBe(0)
  return JSON.parse(child.stdout)
}

const askServer = `
  const pool = new Pool(${process.env.OXPG_TEST_SERVER || '{}'})
  pool.query('select $1::int + 1 as sum', [41])
    .then((result) => console.log(JSON.stringify(result.rows)))
    .then(() => pool.end())`

const fromCommonJs = `const { Pool } = require('oxpg')\n${askServer}`
const fromModule = `import { Pool } from 'oxpg'\n${askServer}`

test(
  'the tarball of a checkout runs in an empty project, from CommonJS and from a module',
  () => {
    const project = install('from checkout', [pack(root)])
    expect(rootProblems(installedFiles(project), { release: false })).toEqual([])
    expect(run(project, 'app.cjs', fromCommonJs)).toEqual([{ sum: 42 }])
    expect(run(project, 'app.mjs', fromModule)).toEqual([{ sum: 42 }])
  },
  INSTALL_LIMIT_MS
)

test(
  'what README links to of the pages is installed with it, and so is an example that runs there',
  () => {
    const project = path.join(scratch, 'from checkout')
    const files = installedFiles(project)
    const pages = fs.readFileSync(path.join(root, 'README.md'), 'utf8').matchAll(/\]\((docs\/[^)#]+)/g)
    const missing = Array.from(pages, ([, page]) => page).filter((page) => !files.includes(page))
    expect(missing).toEqual([])
    const example = path.join('node_modules', 'oxpg', 'examples', 'quickstart.js')
    const { host, port, user, password, database } = JSON.parse(process.env.OXPG_TEST_SERVER)
    const env = { PGHOST: host, PGPORT: port, PGUSER: user, PGPASSWORD: password, PGDATABASE: database }
    const child = spawnSync(process.execPath, [example], {
      cwd: project,
      encoding: 'utf8',
      env: { ...process.env, ...env },
      timeout: 25_000,
    })
    expect([child.stderr, child.stdout]).toEqual(['', expect.stringMatching(/^hello from oxpg\n/)])
  },
  INSTALL_LIMIT_MS
)

test(
  'as published, the root holds no binary and the platform package brings it',
  () => {
    const project = install('from registry', [pack(publishedRoot()), pack(platformPackage())])
    expect(rootProblems(installedFiles(project), { release: true })).toEqual([])
    expect(run(project, 'app.cjs', fromCommonJs)).toEqual([{ sum: 42 }])
  },
  INSTALL_LIMIT_MS
)

test(
  'installed under the name pg it is what require("pg") gives, lib files included',
  () => {
    const project = install('as alias', [`pg@file:${pack(root)}`], { alias: true })
    const source = `
      const { Client, defaults } = require('pg')
      console.log(JSON.stringify([
        require('pg/package.json').name,
        require('pg/lib/client') === Client,
        require('pg/lib/defaults.js') === defaults,
      ]))`
    expect(run(project, 'app.cjs', source)).toEqual(['oxpg', true, true])
  },
  INSTALL_LIMIT_MS
)

// What is published: the files of the manifest without native/*.node, which CI moves to npm/<platform>/.
function publishedRoot() {
  const stage = fs.mkdtempSync(path.join(scratch, 'root '))
  const { files } = require('../../package.json')
  for (const file of [
    ...files.filter((name) => !name.includes('*')),
    'package.json',
    'README.md',
    'LICENSE',
  ]) {
    fs.cpSync(path.join(root, file), path.join(stage, file), { recursive: true })
  }
  return stage
}

function platformPackage() {
  const stage = fs.mkdtempSync(path.join(scratch, 'platform '))
  fs.cpSync(path.join(root, 'npm', platform), stage, { recursive: true })
  fs.copyFileSync(path.join(root, 'native', binary), path.join(stage, binary))
  return stage
}
