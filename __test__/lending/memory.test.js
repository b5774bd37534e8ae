'use strict'

const { spawn } = require('node:child_process')
const path = require('node:path')
const { onlyOxpg } = require('../support/drivers')
const { sharedServer } = require('../support/server')

const program = path.join(__dirname, 'programs', 'stream-bytes.js')
const MEGABYTE = 1 << 20

function run(direction) {
  return new Promise((resolve, reject) => {
    const args = ['--expose-gc', program, JSON.stringify(sharedServer().config), direction]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(output))
      else reject(new Error(`the program ended with code ${code}: ${output}`))
    })
  })
}

for (const [direction, what] of [
  ['out', 'COPY TO STDOUT with a slow reader'],
  ['in', 'COPY FROM STDIN'],
  ['rows', 'a query stream with a slow reader'],
]) {
  onlyOxpg(`SUB: 64 MB through ${what} take less than 32 MB of memory`, async () => {
    const { bytes, largest } = await run(direction)
    expect(bytes).toBeGreaterThanOrEqual(64 * MEGABYTE)
    expect(largest).toBeLessThan(32 * MEGABYTE)
  })
}
