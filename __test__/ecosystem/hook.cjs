'use strict'

// Preloaded into every scenario: `pg` resolves to the driver that ECOSYSTEM_PG names, whoever asks and whatever is
// installed, as if package.json said `"pg": "npm:oxpg"`. ECOSYSTEM_ALIAS is a folder in which npm has really done so
// (alias.js), for tools that know a module by the path of its files. `oxpg` resolves to this repository.

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
const alias = process.env.ECOSYSTEM_ALIAS
const folder = alias || root
const installed = alias ? 'pg' : driver
const named = (request) => (/^(ox)?pg(\/|$)/.test(request) ? request.replace(/^pg/, installed) : undefined)

const resolveFilename = Module._resolveFilename
const asker = (directory) => path.join(directory, 'index.js')
const resolveFrom = (directory, request) => {
  const file = asker(directory)
  return resolveFilename(
    request,
    { id: file, filename: file, paths: Module._nodeModulePaths(directory) },
    false
  )
}
Module._resolveFilename = function (request, ...rest) {
  const name = named(request)
  if (name) return resolveFrom(folder, name)
  const file = resolveFilename.call(this, request, ...rest)
  return shared.some((directory) => file.startsWith(directory)) ? resolveFrom(root, request) : file
}

// The same for `import`; these functions run in a thread of Node's own.
const hooks = `
const installed = ${JSON.stringify(installed)}
const ofDriver = ${JSON.stringify(pathToFileURL(asker(folder)).href)}
const ofRoot = ${JSON.stringify(pathToFileURL(asker(root)).href)}
const shared = ${JSON.stringify(shared.map((directory) => pathToFileURL(directory).href))}
const named = ${named}
export async function resolve(specifier, context, next) {
  const name = named(specifier)
  if (name) return next(name, { ...context, parentURL: ofDriver })
  const found = await next(specifier, context)
  return shared.some((directory) => found.url.startsWith(directory)) ? next(specifier, { ...context, parentURL: ofRoot }) : found
}`
Module.register(`data:text/javascript,${encodeURIComponent(hooks)}`)
