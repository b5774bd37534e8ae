'use strict'

// Guards what npm would publish.
//   node scripts/check-pack.js             the root tarball, as `npm pack` makes it in a checkout
//   node scripts/check-pack.js --release   as published: binaries in the platform packages, none in the root

const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const { supported } = require('../lib/platform')

const root = path.join(__dirname, '..')
const required = [
  'LICENSE',
  'README.md',
  'docs/errors.md',
  'docs/tls.md',
  'examples/quickstart.js',
  'examples/tls.js',
  'index.d.ts',
  'index.js',
  'lib/native.js',
  'lib/platform.js',
  'native/binding.d.ts',
  'native/binding.js',
  'package.json',
  'types/client.d.ts',
  'types/pool.d.ts',
]
// Everything else in the tree is for those who work on oxpg, not for those who use it.
const allowed =
  /^(LICENSE|(README|CHANGELOG|docs\/[a-z-]+)\.md|examples\/(quickstart|streaming|tls|transaction)\.js|index\.(js|d\.ts)|package\.json|lib\/.+\.(js|d\.ts)|types\/.+\.d\.ts|native\/binding\.(js|d\.ts))$/
const binary = /^native\/oxpg\.[a-z0-9-]+\.node$/

function rootProblems(files, { release }) {
  const missing = required.filter((file) => !files.includes(file))
  const unwanted = files.filter((file) => !allowed.test(file) && (release || !binary.test(file)))
  return [
    ...missing.map((file) => `the tarball lacks ${file}`),
    ...unwanted.map((file) => `the tarball must not contain ${file}`),
  ]
}

// `has` tells whether the binary stands in the platform's folder.
function platformProblems(platform, manifest, has, version) {
  const name = `oxpg-${platform}`
  const file = `oxpg.${platform}.node`
  const problems = []
  if (manifest.name !== name) problems.push(`npm/${platform} is called ${manifest.name}, not ${name}`)
  if (manifest.version !== version) problems.push(`${name} is version ${manifest.version}, not ${version}`)
  if (manifest.main !== file) problems.push(`${name} points to ${manifest.main}, not ${file}`)
  if (!has(file)) problems.push(`npm/${platform} lacks ${file}`)
  return problems
}

function packedFiles() {
  // npm is a script file on Windows, which only a shell starts; no argument here comes from outside.
  const json = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return JSON.parse(json)[0].files.map((file) => file.path)
}

function main(args) {
  const release = args.includes('--release')
  const files = packedFiles()
  const problems = rootProblems(files, { release })
  if (release) {
    const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'))
    for (const platform of supported) {
      const folder = path.join(root, 'npm', platform)
      const manifest = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'))
      const has = (file) => fs.existsSync(path.join(folder, file))
      problems.push(...platformProblems(platform, manifest, has, version))
    }
  }
  for (const problem of problems) console.error(problem)
  console.log(`${files.length} files, ${problems.length} problems`)
  return problems.length === 0 ? 0 : 1
}

if (require.main === module) process.exitCode = main(process.argv.slice(2))

module.exports = { platformProblems, rootProblems }
