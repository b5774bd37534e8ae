'use strict'

// Preloaded into every scenario: `pg` resolves to the driver that ECOSYSTEM_PG names, whoever asks and whatever is
// installed, as if package.json said `"pg": "npm:oxpg"`; and `oxpg` to this repository.

const Module = require('node:module')
const path = require('node:path')
const { pathToFileURL } = require('node:url')

const root = path.join(__dirname, '..', '..')
const driver = process.env.ECOSYSTEM_PG
// These share classes and registries with the driver. An application has one copy of each, so a scenario has too: what
// resolves to the copy installed here gets the driver's.
const SHARED = ['pg-protocol', 'pg-types', 'pg-pool', 'pg-connection-string', 'pgpass']
const shared = SHARED.map((name) => path.join(__dirname, 'node_modules', name) + path.sep)

// A package may ask for itself by name, through its own `exports`: so they are tested as well.
const asker = path.join(root, 'index.js')
const named = (request) => (/^(ox)?pg(\/|$)/.test(request) ? request.replace(/^pg/, driver) : undefined)

const resolveFilename = Module._resolveFilename
const resolveFromRoot = (request) =>
  resolveFilename(request, { id: asker, filename: asker, paths: Module._nodeModulePaths(root) }, false)
Module._resolveFilename = function (request, ...rest) {
  const name = named(request)
  if (name) return resolveFromRoot(name)
  const file = resolveFilename.call(this, request, ...rest)
  return shared.some((directory) => file.startsWith(directory)) ? resolveFromRoot(request) : file
}

// The same for `import`; these functions run in a thread of Node's own.
const hooks = `
const driver = ${JSON.stringify(driver)}
const parentURL = ${JSON.stringify(pathToFileURL(asker).href)}
const shared = ${JSON.stringify(shared.map((directory) => pathToFileURL(directory).href))}
const named = ${named}
export async function resolve(specifier, context, next) {
  const name = named(specifier)
  if (name) return next(name, { ...context, parentURL })
  const found = await next(specifier, context)
  return shared.some((directory) => found.url.startsWith(directory)) ? next(specifier, { ...context, parentURL }) : found
}`
Module.register(`data:text/javascript,${encodeURIComponent(hooks)}`)
