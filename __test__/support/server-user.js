'use strict'

const fs = require('node:fs')
const os = require('node:os')

/**
 * The user that PostgreSQL runs as. The server refuses to be root, so a root test run drops to an unprivileged user:
 * `nobody` where it has a name, else any named user, else a bare number (see template.js for what initdb thinks of that).
 * `undefined` means: as whoever we are.
 */
function serverUser() {
  if (typeof process.getuid !== 'function' || process.getuid() !== 0) return undefined
  const forced = Number(process.env.OXPG_TEST_UID)
  if (forced) return { uid: forced, gid: forced }
  const users = namedUsers().filter(({ uid }) => uid > 0)
  return users.find(({ name }) => name === 'nobody') ?? users[0] ?? { uid: 65534, gid: 65534 }
}

function namedUsers() {
  try {
    return fs
      .readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .filter((entry) => entry.length >= 4)
      .map(([name, , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
  } catch {
    return []
  }
}

/**
 * The directory for temporary files that the server's user can reach: the usual one, unless it lies below a closed
 * directory (a private TMPDIR of root) or is too long for the path of a unix socket, which must stay under 104 bytes.
 */
function temporaryDirectory() {
  const usual = fs.realpathSync(os.tmpdir())
  if (process.platform === 'win32') return usual
  const user = serverUser()
  const suits = (dir) => dir.length < 70 && fs.existsSync(dir) && (!user || isOpen(dir))
  return [usual, '/tmp', '/var/tmp', '/dev/shm'].find(suits) ?? usual
}

function isOpen(dir) {
  const parent = dir.replace(/\/[^/]*$/, '')
  return (fs.statSync(dir).mode & 0o001) !== 0 && (parent === '' || isOpen(parent))
}

/** Hands a path to the server's user, where that is another one. */
function giveToServer(path) {
  const user = serverUser()
  if (user) fs.chownSync(path, user.uid, user.gid)
}

module.exports = { serverUser, temporaryDirectory, giveToServer }
