'use strict'

// One driver, one workload, one process: heaps, compiled code and threads of the drivers never mix. The task comes as
// JSON on stdin (the password has no place in a command line), the answer leaves as one line of JSON on stdout.

const fs = require('node:fs')
const { DRIVERS, configFor } = require('./drivers')
const { measure } = require('./measure')
const { measureStorm } = require('./storm')
const { ENCRYPTION, WORKLOADS, verify } = require('./workloads')

const PROBE = { text: 'select 1 as one', connections: 1, callers: 1, rows: 1 }

async function main() {
  const task = JSON.parse(fs.readFileSync(0, 'utf8'))
  const driver = DRIVERS[task.driver]
  const library = driver.load()
  const workload = task.workload ? WORKLOADS.find(({ name }) => name === task.workload) : PROBE
  const config = configFor(driver, task, workload)
  const open = () => driver.open(library, config, workload)
  const session = open()
  if (!task.workload) {
    await session.ask([])
    answer({ ok: true })
  } else if (workload.storm) {
    const sample = await measureStorm(open, workload, task.seconds)
    answer({ ok: true, encryption: await encryptionOf(session), sample })
  } else {
    const encryption = workload.tls ? await encryptionOf(session) : undefined
    const values = workload.nextValues()
    verify(workload, values, session.rowsOf(await session.ask(values)))
    answer({ ok: true, encryption, sample: await measure(session, workload, task.seconds) })
  }
  await session.end()
}

// A driver that quietly spoke plain text would win.
async function encryptionOf(session) {
  const [row] = await session.rowsOfText(ENCRYPTION)
  if (!row) throw new Error('the connection is not encrypted')
  return row.encryption
}

function answer(message) {
  fs.writeSync(1, `\n${JSON.stringify(message)}\n`)
}

main().catch((error) => {
  answer({ ok: false, error: String(error?.message ?? error) })
  process.exit(1)
})
