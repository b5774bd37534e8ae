'use strict'

const path = require('node:path')
const { runProgram } = require('../support/child')

const PROGRAM = path.join(__dirname, 'programs', 'patched-early.js')

test.each(['pg', 'oxpg'])(
  "pool.query() goes through a Client that was patched before the driver's other files were loaded: %s",
  async (driver) => {
    const end = await runProgram(PROGRAM, { args: [driver] })
    expect(end).toEqual({ code: 0, signal: null, stdout: 'connect query query\n', stderr: '' })
  }
)
