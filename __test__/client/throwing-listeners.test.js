'use strict'

const path = require('node:path')
const { onlyOxpg } = require('../support/drivers')
const { runProgram } = require('../support/child')

// pg's client answers nothing afterwards.
onlyOxpg.each(['callback', 'listener', 'connect callback', 'connect listener', 'invalid query'])(
  'an exception of a %s is uncaught, and the queries behind go on',
  async (of) => {
    const program = path.join(__dirname, 'programs', 'throwing-listeners.js')
    const { code, stdout, stderr } = await runProgram(program, { args: [of] })
    expect({ code, stderr, lines: stdout.trim().split('\n').sort() }).toEqual({
      code: 0,
      stderr: '',
      lines: ['next query answered', 'uncaught: thrown by the application'],
    })
  }
)
