'use strict'

// What `npm install pg@npm:oxpg` leaves: a folder with `node_modules/pg`, a copy of what this package ships. Tracing tools
// know a module by the path of its files.

const fs = require('node:fs')
const path = require('node:path')

const root = path.join(__dirname, '..', '..')

/** Makes the folder, from where the packages of this directory are found; `remove()` it. */
function makeAlias() {
  const folder = fs.mkdtempSync(path.join(__dirname, 'node_modules', '.alias-'))
  const copy = path.join(folder, 'node_modules', 'pg')
  for (const name of ['package.json', 'index.js', 'lib', 'native'])
    fs.cpSync(path.join(root, name), path.join(copy, name), { recursive: true })
  return { folder, remove: () => fs.rmSync(folder, { recursive: true, force: true }) }
}

module.exports = { makeAlias }
