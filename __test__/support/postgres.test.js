'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { runProgram } = require('./child')
const { startPostgres } = require('./postgres')
const { until } = require('./until')

const PROGRAM = path.join(__dirname, 'programs', 'start-and-die.js')

test('a server has the settings it was asked for, and its data outlives a restart', async () => {
  const server = await startPostgres({ settings: { work_mem: '3MB' } })
  try {
    expect((await server.query('SHOW work_mem')).rows).toEqual([{ work_mem: '3MB' }])
    await server.query('CREATE TABLE kept AS SELECT 1 AS one')
    const { port } = server
    await server.restart()
    expect(server.port).toBe(port)
    expect((await server.query('SELECT * FROM kept')).rows).toEqual([{ one: 1 }])
  } finally {
    await server.stop()
  }
  expect(fs.existsSync(server.directory)).toBe(false)
})

test('a setting that PostgreSQL refuses is an error with its log', async () => {
  await expect(startPostgres({ settings: { no_such_setting: 1 } })).rejects.toThrow(/no_such_setting/)
})

test.each([
  ['is killed', 'SIGKILL'],
  ['exits without stopping it', 'exit'],
  ['throws', 'throw'],
])('nothing is left of a server whose process %s', async (_, way) => {
  const { stdout } = await runProgram(PROGRAM, { args: [way] })
  const { pid, directory } = JSON.parse(stdout)
  expect(pid).toBeGreaterThan(1)
  await until('its directory is gone', () => !fs.existsSync(directory))
})
