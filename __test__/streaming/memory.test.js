'use strict'

const path = require('node:path')
const { onlyOxpg } = require('../support/drivers')
const { runProgram } = require('../support/child')

const MEGABYTE = 2 ** 20
jest.setTimeout(90_000)

// In a process of its own, whose memory nothing else touches: `{ grown, ... }`, bytes at the peak above those before.
async function measured(scenario) {
  const program = path.join(__dirname, 'programs', 'memory.js')
  const { code, stdout, stderr } = await runProgram(program, {
    args: [scenario],
    env: { NODE_OPTIONS: '--expose-gc' },
    deadline: 60_000,
  })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout)
}

onlyOxpg('64 MB through copyTo() take less than 32 MB of memory', async () => {
  const { grown, moved } = await measured('copyTo')
  expect(moved).toBeGreaterThan(64e6)
  expect(grown).toBeLessThan(32 * MEGABYTE)
})

onlyOxpg('64 MB through copyFrom() take less than 32 MB of memory', async () => {
  const { grown, moved } = await measured('copyFrom')
  expect(moved).toBeGreaterThan(64e6)
  expect(grown).toBeLessThan(32 * MEGABYTE)
})

onlyOxpg('a million rows of pool.stream() take less than 32 MB of memory', async () => {
  const { grown, moved } = await measured('stream')
  expect(moved).toBe(1e6)
  expect(grown).toBeLessThan(32 * MEGABYTE)
})

onlyOxpg('a value of 256 MB above maxFieldBytes is never in memory', async () => {
  const { grown, codes } = await measured('field')
  expect(codes).toEqual(['ERR_OXPG_FIELD_TOO_LARGE', 'ERR_OXPG_FIELD_TOO_LARGE'])
  expect(grown).toBeLessThan(32 * MEGABYTE)
})

onlyOxpg('a result of 256 MB above maxResultBytes is never in memory', async () => {
  const { grown, codes } = await measured('result')
  expect(codes).toEqual(['ERR_OXPG_RESULT_TOO_LARGE', 'ERR_OXPG_RESULT_TOO_LARGE'])
  expect(grown).toBeLessThan(32 * MEGABYTE)
})
