'use strict'

const path = require('node:path')
const { runProgram } = require('../support/child')

const PROGRAM = path.join(__dirname, 'programs', 'without-pg-pool.js')

test('a pool works without pg-pool, and says what a foreign Client class would need', async () => {
  const end = await runProgram(PROGRAM, { args: ['MODULE_NOT_FOUND'] })
  expect(end).toMatchObject({ code: 0, stderr: '' })
  expect(end.stdout.trim().split('\n')).toEqual([
    'BoundPool < Pool < Emitter < EventEmitter < Object',
    '1',
    'acquired',
    '2',
    'true 1 1',
    'ERR_OXPG_UNSUPPORTED_OPTION The option "Client" is neither the Client of oxpg nor a subclass of it: ' +
      'a pool of such clients needs the package pg-pool (npm install pg-pool)',
  ])
})

test('a pg-pool that is there and broken is not passed over in silence', async () => {
  const { stdout } = await runProgram(PROGRAM, { args: ['EACCES'] })
  expect(stdout).toBe('failed: pg-pool: EACCES\n')
})
