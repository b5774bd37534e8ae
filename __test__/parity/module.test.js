'use strict'

// M-1, E-15, E-16, S-18: the module as it is imported, and what it takes over as it is.

const { execFileSync } = require('node:child_process')
const path = require('node:path')
const { parity } = require('./harness')
const { oursIsPg } = require('./drivers')

const nameOf = { theirs: 'pg', ours: oursIsPg ? 'pg' : 'oxpg' }

// In a process of its own: jest has no import().
parity(
  'M-1, E-16: the names of the ES module, its default and the required one',
  async ({ pg, side }) => {
    const module = await import(nameOf[side])
    // `utils` and `_pools` are ours by name, too: Node finds them in a CommonJS module by itself.
    const others = new Set(['default', 'module.exports', 'utils', '_pools'])
    const named = Object.keys(module).filter((name) => !others.has(name))
    return [
      named,
      module.default === pg,
      named.map((name) => [name, module[name] === pg[name], typeof module[name]]),
      module.native === undefined,
    ]
  },
  { child: {} }
)

// pg refuses to load with this variable unless pg-native is installed.
test('E-15: NODE_PG_FORCE_NATIVE changes nothing', () => {
  const env = { ...process.env, NODE_PG_FORCE_NATIVE: '1' }
  const program = "const pg = require('oxpg'); console.log(pg.native === pg, pg.Client === pg.native.Client)"
  const cwd = path.join(__dirname, '..', '..')
  expect(execFileSync(process.execPath, ['-e', program], { env, cwd }).toString()).toBe('true true\n')
})

parity('S-18: the parser of connection strings is pg-connection-string itself', async ({ pg }) => {
  const module = require('pg-connection-string')
  const text = 'postgres://us%20er:p%40ss@h.example:77/d%20b?application_name=a&ssl=0&max=3'
  const { user, password, host, port, database, ssl } = new pg.Client(text)
  return [
    [user, password, host, port, database, ssl],
    { ...module.parse(text) },
    module.toClientConfig(module.parse(text)),
    module.parseIntoClientConfig(text),
  ]
})
