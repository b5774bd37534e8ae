'use strict'

const path = require('node:path')
const { runProgram } = require('../support/child')

const PROGRAM = path.join(__dirname, 'programs', 'traced-pool.js')
jest.setTimeout(60_000)

// Tracing tools replace the methods of pg-pool's prototype (M-6). What they see of us is what they see of pg.
test.each(['before it was loaded', 'after it was loaded', 'after the pool was made', 'after a query'])(
  'a tracer that patches pg-pool %s sees the same with oxpg as with pg',
  async (when) => {
    const run = (driver) => runProgram(PROGRAM, { args: [when], env: { OXPG_DRIVER: driver } })
    const [theirs, ours] = [await run('pg'), await run('oxpg')]
    expect(ours).toEqual(theirs)
    expect(ours).toMatchObject({ code: 0, stderr: '' })
    expect(ours.stdout).toContain('"BoundPool",1,"served"')
  }
)
