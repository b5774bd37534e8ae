'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { temporaryDirectory } = require('./server-user')

const DAY = 24 * 60 * 60 * 1000
const today = Math.floor(Date.now() / DAY)

/**
 * A directory made once per day and user by `build(directory)`, and shared by all processes that run tests. It appears
 * under its name by a rename when it is complete, so workers may race: the losers throw their copy away. The day is in
 * the name because cleaners of temporary directories remove old files one by one and would leave a torn tree.
 */
async function cachedDirectory(name, build) {
  const root = cacheRoot()
  const ready = path.join(root, `${name}-${today}`)
  if (fs.existsSync(ready)) return ready
  removeOutdated(root)
  const draft = fs.mkdtempSync(path.join(root, `draft-${name}-${today}-`))
  try {
    fs.chmodSync(draft, 0o755)
    await build(draft)
    fs.renameSync(draft, ready)
  } catch (error) {
    fs.rmSync(draft, { recursive: true, force: true })
    if (!fs.existsSync(ready)) throw error
  }
  return ready
}

/** Ours alone to write: programs are run from it, so a directory that someone else prepared is refused. */
function cacheRoot() {
  const uid = process.getuid?.() ?? 0
  const root = path.join(temporaryDirectory(), `oxpg-test-cache-${uid}`)
  fs.mkdirSync(root, { recursive: true, mode: 0o755 })
  const stat = fs.lstatSync(root)
  const ours =
    stat.isDirectory() && (process.platform === 'win32' || (stat.uid === uid && !(stat.mode & 0o022)))
  if (!ours)
    throw new Error(`${root} belongs to someone else or can be written by others: remove it, or set TMPDIR`)
  return root
}

function removeOutdated(root) {
  for (const name of fs.readdirSync(root)) {
    const day = Number(/-(\d{5})(-\w{6})?$/.exec(name)?.[1])
    if (day < today - 1) fs.rmSync(path.join(root, name), { recursive: true, force: true })
  }
}

module.exports = { cachedDirectory }
