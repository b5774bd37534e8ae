'use strict'

// Installs the packages of __test__/ecosystem, unless they are there: they are many, and only its tests need them.

const { spawnSync } = require('node:child_process')
const { createHash } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')

const directory = path.join(__dirname, '..', '__test__', 'ecosystem')
// In node_modules, so that whoever removes the packages removes the note too.
const note = path.join(directory, 'node_modules', '.oxpg-digest')

function digest() {
  const hash = createHash('sha256')
  for (const file of ['package.json', 'package-lock.json'])
    hash.update(fs.readFileSync(path.join(directory, file)))
  return hash.digest('hex')
}

const isInstalled = () => fs.existsSync(note) && fs.readFileSync(note, 'utf8') === digest()

function install() {
  // npm is a script file on Windows, which only a shell starts; no argument here comes from outside.
  const { status, error } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: directory,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (error) throw error
  if (status !== 0) throw new Error(`npm ci ended with code ${status}`)
  fs.writeFileSync(note, digest())
}

if (require.main === module && !isInstalled()) install()

module.exports = { isInstalled }
