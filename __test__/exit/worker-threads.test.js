'use strict'

const path = require('node:path')
const { runProgram } = require('../support/child')

jest.setTimeout(180_000)

test('50 worker threads load, query and end, and the process ends with code 0', async () => {
  const program = path.join(__dirname, 'programs', 'workers.js')
  const end = await runProgram(program, { args: ['50', '4'], deadline: 150_000 })
  expect(end).toEqual({ code: 0, signal: null, stdout: '50 workers done\n', stderr: '' })
})
