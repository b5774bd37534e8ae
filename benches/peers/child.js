'use strict'

// One driver, one workload, one process: heaps, compiled code and threads of the drivers never mix. The task comes as
// JSON on stdin (the password has no place in a command line), the answer leaves as one line of JSON on stdout.

const fs = require('node:fs')
const { DRIVERS } = require('./drivers')
const { measure } = require('./measure')
const { WORKLOADS, verify } = require('./workloads')

const PROBE = { text: 'select 1 as one', connections: 1, callers: 1, rows: 1 }

async function main() {
  const task = JSON.parse(fs.readFileSync(0, 'utf8'))
  const driver = DRIVERS[task.driver]
  const library = driver.load()
  const workload = task.workload ? WORKLOADS.find(({ name }) => name === task.workload) : PROBE
  const session = driver.open(library, task.config, workload)
  if (!task.workload) {
    await session.ask([])
    answer({ ok: true })
  } else {
    const values = workload.nextValues()
    verify(workload, values, session.rowsOf(await session.ask(values)))
    answer({ ok: true, sample: await measure(session, workload, task.seconds) })
  }
  await session.end()
}

function answer(message) {
  fs.writeSync(1, `\n${JSON.stringify(message)}\n`)
}

main().catch((error) => {
  answer({ ok: false, error: String(error?.message ?? error) })
  process.exit(1)
})
