'use strict'

const path = require('node:path')
const { runProgram } = require('../support/child')

const PROGRAM = path.join(__dirname, 'programs', 'refused.js')

test.each(['client.connect', 'pool.connect', 'pool.query'])(
  'a process stays until it has heard that its connection was refused: %s',
  async (way) => {
    const end = await runProgram(PROGRAM, { args: [way] })
    expect(end).toEqual({ code: 0, signal: null, stdout: '60 of 60\n', stderr: '' })
  }
)
