'use strict'

// What the binary in native/ was built from. A digest of the sources, not their times: a checkout, a copied
// tree or a restored CI cache changes times without changing code, and the reverse.

const crypto = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')

const { currentPlatform } = require('../lib/platform')

const root = path.join(__dirname, '..')
const binary = path.join(root, 'native', `oxpg.${currentPlatform()}.node`)
const loader = path.join(root, 'native', 'binding.js')
const stamp = `${binary}.built-from`

function sourceFiles() {
  const inSrc = fs
    .readdirSync(path.join(root, 'src'), { recursive: true })
    .map((name) => path.join('src', name))
    .filter((name) => name.endsWith('.rs'))
  // package.json: the loader carries its version and the names of the platform packages.
  return ['Cargo.toml', 'Cargo.lock', 'build.rs', 'package.json', ...inSrc.sort()]
}

function digest(profile) {
  const hash = crypto.createHash('sha256').update(profile)
  for (const name of sourceFiles()) {
    const content = name === 'package.json' ? packagePart() : fs.readFileSync(path.join(root, name))
    hash.update(`\0${name}\0`).update(content)
  }
  return hash.digest('hex')
}

function packagePart() {
  const { name, version, napi } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'))
  return JSON.stringify({ name, version, napi })
}

function isFresh() {
  if (![binary, loader, stamp].every((file) => fs.existsSync(file))) return false
  return fs.readFileSync(stamp, 'utf8') === digest('release')
}

function forget() {
  fs.rmSync(stamp, { force: true })
}

function remember(digestBefore) {
  fs.writeFileSync(stamp, digestBefore)
}

module.exports = { binary, digest, forget, isFresh, remember, root }
