'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { spawn } = require('node:child_process')

// Runs in a session of its own, so that a Ctrl-C for the test run does not reach it, and reads from a pipe whose other
// end only our process holds. The pipe closes when we are gone, in whatever way, and then the server goes too. It is
// gone when it has removed its pid file: as an orphan it may stay a zombie for as long as pid 1 likes.
const script = `
read -r _
if read -r pid < "$1/data/postmaster.pid"; then
  kill -QUIT "$pid"
  n=0
  while [ -e "$1/data/postmaster.pid" ] && [ $n -lt 50 ]; do sleep 0.1; n=$((n+1)); done
  [ -e "$1/data/postmaster.pid" ] && kill -KILL "$pid"
fi
rm -rf -- "$1"
`

/** Ends the server that lives in `directory` and removes the directory when this process ends without having done so. */
function watch(directory) {
  if (process.platform === 'win32') return watchFromWithin(directory)
  const dog = spawn('sh', ['-c', script, 'watchdog', directory], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  dog.on('error', () => {})
  dog.stdin.on('error', () => {})
  dog.stdin.unref()
  dog.unref()
  return { act: () => dog.stdin.destroy(), release: () => dog.kill('SIGKILL') }
}

function watchFromWithin(directory) {
  const clean = () => {
    const pidFile = path.join(directory, 'data', 'postmaster.pid')
    if (fs.existsSync(pidFile)) process.kill(Number.parseInt(fs.readFileSync(pidFile, 'utf8'), 10))
    fs.rmSync(directory, { recursive: true, force: true, maxRetries: 10 })
  }
  process.once('exit', clean)
  return { act: clean, release: () => process.removeListener('exit', clean) }
}

module.exports = { watch }
