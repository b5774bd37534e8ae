'use strict'

const crypto = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')
const { execFile } = require('node:child_process')
const { promisify } = require('node:util')
const { cachedDirectory } = require('./cache')
const { giveToServer, serverUser } = require('./server-user')

const run = promisify(execFile)

/** A fresh data directory to copy servers from, `{ data, password }`: initdb takes half a second, a copy a tenth. */
async function dataTemplate({ version, program }) {
  const user = serverUser()
  const directory = await cachedDirectory(`template-${version}-${user?.uid ?? 'own'}`, async (draft) => {
    const password = path.join(draft, 'password')
    fs.writeFileSync(password, crypto.randomBytes(12).toString('hex'), { mode: 0o600 })
    giveToServer(password)
    giveToServer(draft)
    await initialise(program('initdb'), draft, password)
  })
  const password = fs.readFileSync(path.join(directory, 'password'), 'utf8')
  return { data: path.join(directory, 'data'), password }
}

async function initialise(initdb, draft, password) {
  const args = ['-D', path.join(draft, 'data'), '--username=postgres', `--pwfile=${password}`]
  args.push('--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-sync', '--wal-segsize=1')
  const env = { ...process.env, LC_ALL: 'C' }
  const start = (extra) => run(initdb, args, { ...serverUser(), cwd: draft, env: { ...env, ...extra } })
  try {
    await start()
  } catch (error) {
    if (!/could not look up effective user ID/.test(error.stderr)) throw error
    // A uid that no passwd entry names (a bare number in a container): initdb insists on a name, the server does not.
    await makeUserNameLibrary(draft)
    // Relative, because the loader takes a space in a path for the end of it.
    await start({ LD_PRELOAD: './user-name.so' })
  }
}

/** A library that answers the name lookup. It needs the C compiler that Rust already needs for linking. */
async function makeUserNameLibrary(directory) {
  const library = path.join(directory, 'user-name.so')
  const source = path.join(__dirname, 'user-name.c')
  const compiler = process.env.CC || 'cc'
  try {
    await run(compiler, ['-shared', '-fPIC', '-o', library, source])
  } catch (cause) {
    throw new Error(
      'initdb refuses a user without a name in /etc/passwd, and no C compiler was found to give it one: ' +
        'run the tests as a named user, or name a server in OXPG_TEST_SERVER',
      { cause }
    )
  }
}

/** Copies the template as the server's user, so that the copy belongs to it. */
async function copyTemplate(from, to) {
  if (process.platform === 'win32') return fs.promises.cp(from, to, { recursive: true })
  await run('cp', ['-R', from, to], { ...serverUser(), cwd: path.dirname(to) })
}

module.exports = { dataTemplate, copyTemplate }
