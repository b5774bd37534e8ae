'use strict'

const path = require('node:path')
const { onlyOxpg } = require('../support/drivers')
const { runProgram } = require('../support/child')

const PROGRAM = path.join(__dirname, 'programs', 'throwing-listeners.js')

const linesOf = async (...args) => {
  const { code, stdout, stderr } = await runProgram(PROGRAM, { args })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout.trim().split('\n').sort()
}

onlyOxpg('what a row listener throws is uncaught, and costs no other row', async () => {
  expect(await linesOf('data', 'stream')).toEqual([
    'next query: 1',
    'rows behind the first: 9',
    'uncaught: thrown on purpose',
  ])
})

onlyOxpg.each(['stream', 'copyTo'])(
  'what a release listener throws does not keep pool.%s() from its end',
  async (method) => {
    expect(await linesOf('release', method)).toEqual([
      'next query: 1',
      'pieces: true',
      'uncaught: thrown on purpose',
    ])
  }
)
