'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { spawnSync } = require('node:child_process')

/**
 * Installs pg-native beside this file on first use. It is kept out of the root's dependencies because it compiles
 * against libpq, which a newcomer's machine need not have. Returns why it is absent, or undefined.
 */
function installNativePeer() {
  if (isInstalled()) return undefined
  process.stderr.write('pg-native: installing it in benches/peers (once; it is compiled against libpq)\n')
  // npm leaves a broken optional dependency out in silence; with scripts in the foreground its reason can be read.
  const flags = ['--no-package-lock', '--no-audit', '--no-fund', '--foreground-scripts']
  const { error, stdout, stderr } = npm(['install', '--prefix', __dirname, ...flags])
  if (isInstalled()) return undefined
  return error ? error.message : reason(`${stdout}\n${stderr}`)
}

function isInstalled() {
  return fs.existsSync(path.join(__dirname, 'node_modules', 'pg-native', 'package.json'))
}

function npm(args) {
  const options = { encoding: 'utf8', cwd: __dirname, maxBuffer: 64 * 1024 * 1024 }
  // Under `npm run` the path of npm's own script is known: no shell, so a path with spaces needs no quoting.
  const script = process.env.npm_execpath
  return script ? spawnSync(process.execPath, [script, ...args], options) : spawnSync('npm', args, options)
}

function reason(output) {
  const lines = output.split('\n').map((line) => line.trim())
  const telling = [
    /pg_config/i,
    /fatal error/,
    /not found|ENOENT|Could not find/i,
    /npm error (?!code|path)/,
    /ERR!/,
  ]
  for (const pattern of telling) {
    const line = lines.find((text) => pattern.test(text))
    if (line) return line.replace(/^(npm|gyp) (error|ERR!)\s*/, '')
  }
  return 'npm left it out without a reason'
}

module.exports = { installNativePeer }
