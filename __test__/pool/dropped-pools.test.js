'use strict'

const path = require('node:path')
const { runProgram } = require('../support/child')

const PROGRAM = path.join(__dirname, 'programs', 'dropped-pools.js')
jest.setTimeout(60_000)

test('a pool that was forgotten without end() closes its idle sessions', async () => {
  const end = await runProgram(PROGRAM, { args: ['idle'] })
  expect(end).toEqual({ code: 0, signal: null, stdout: 'closed\n', stderr: '' })
})

test('a pool that was forgotten in the middle of its work does the work', async () => {
  const end = await runProgram(PROGRAM, { args: ['busy'] })
  expect(end).toMatchObject({ code: 0, signal: null, stderr: '' })
  expect(end.stdout).toBe('answered\nreleased\nended\n')
})
