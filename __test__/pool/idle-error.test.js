'use strict'

const path = require('node:path')
const { runProgram } = require('../support/child')
const { onlyOxpg } = require('../support/drivers')

// pg lets the process crash here (PL-9).
onlyOxpg('an idle error that nobody listens for does not end the process and is warned of once', async () => {
  const { code, stdout, stderr } = await runProgram(path.join(__dirname, 'programs', 'idle-error.js'), {
    args: [],
  })
  expect(stdout).toBe('goes on: 1\n')
  expect(stderr.match(/OXPG_IDLE_ERROR/g)).toHaveLength(1)
  expect(code).toBe(0)
})
