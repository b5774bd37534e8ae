'use strict'

const path = require('node:path')
const { spawn } = require('node:child_process')
const { parseArgs } = require('node:util')
const { DRIVERS } = require('./drivers')
const { installNativePeer } = require('./native-peer')
const { LEGEND, summarise, table } = require('./report')
const { startServer, withTables } = require('./server')
const { WORKLOADS } = require('./workloads')

const USAGE = `npm run bench -- [options]
  --only a,b      workloads: ${WORKLOADS.map(({ name }) => name).join(', ')}
  --drivers a,b   drivers: ${Object.keys(DRIVERS).join(', ')}
  --rounds N      measurements per workload and driver (5)
  --seconds S     length of one measurement (1)
  --json          JSON lines on stdout: one object per workload and driver; all else goes to stderr
The server is an embedded one, or the one named by OXPG_TEST_SERVER={"host","port","user","password","database","ca"};
"ca" is the PEM text of who vouches for its certificate, and workloads over TLS need it.`

async function main() {
  if (process.argv.includes('--help')) return void process.stdout.write(`${USAGE}\n`)
  const { only: wanted, drivers, rounds, seconds, json } = options()
  const say = (line) => (json ? process.stderr : process.stdout).write(`${line}\n`)
  const interrupt = new AbortController()
  process.once('SIGINT', () => interrupt.abort())

  const server = await startServer()
  try {
    const { config, authority } = server
    const present = await presentDrivers(drivers, config, say)
    if (present.length === 0) throw new Error('no driver to measure')
    const only = wanted.filter(({ tls }) => !tls || authority)
    if (only.length < wanted.length) say('workloads over TLS are left out: OXPG_TEST_SERVER has no "ca"')
    const tables = [...new Set(only.flatMap((workload) => workload.table ?? []))]
    const samples = await withTables(config, tables, () =>
      measureAll({
        workloads: only,
        drivers: present,
        rounds,
        seconds,
        config,
        authority,
        signal: interrupt.signal,
        say,
      })
    )
    print(only, present, samples, json, say)
  } finally {
    await server.stop()
  }
}

/** Round by round, and within a round driver by driver in turned order, so that drift hits all drivers alike. */
async function measureAll({ workloads, drivers, rounds, seconds, config, authority, signal, say }) {
  const samples = new Map()
  for (let round = 0; round < rounds; round++) {
    process.stderr.write(`round ${round + 1} of ${rounds}\n`)
    const turned = [...drivers.slice(round % drivers.length), ...drivers.slice(0, round % drivers.length)]
    for (const workload of workloads) {
      for (const driver of turned) {
        const result = await inChild({ driver, workload: workload.name, seconds, config, authority }, signal)
        signal.throwIfAborted()
        if (result.error) {
          process.exitCode = 1
          say(`${driver} failed on ${workload.name}: ${result.error}`)
        }
        if (result.ok) {
          const key = `${workload.name} ${driver}`
          samples.set(key, [
            ...(samples.get(key) ?? []),
            { round, encryption: result.encryption, ...result.sample },
          ])
        }
      }
    }
  }
  return samples
}

function print(workloads, drivers, samples, json, say) {
  for (const { name, title } of workloads) {
    const of = (driver) => samples.get(`${name} ${driver}`) ?? []
    const measured = drivers.filter((driver) => of(driver).length > 0)
    const rows = measured.map((driver) => summarise(name, driver, of(driver), of('pg')))
    if (json) for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`)
    else say(`\n${table(`${name}: ${title}`, rows)}`)
  }
  if (!json) say(`\n${LEGEND}`)
}

/** A driver that is not there costs one line, not the run. */
async function presentDrivers(drivers, config, say) {
  const present = []
  for (const driver of drivers) {
    const reason = driver === 'pg-native' ? installNativePeer() : undefined
    const { ok, error } = reason ? { ok: false, error: reason } : await inChild({ driver, config })
    if (ok) present.push(driver)
    else say(`${driver} is left out: ${error.split('\n')[0]}`)
  }
  return present
}

/** Runs one task in a fresh process; resolves with its answer, and with an `error` if it did not end well. */
function inChild(task, signal) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [path.join(__dirname, 'child.js')], {
      stdio: ['pipe', 'pipe', 'inherit'],
      signal,
    })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text) => (output += text))
    child.stdin.on('error', () => {}) // a child that died before it read its task speaks through its exit code
    child.stdin.end(JSON.stringify(task))
    const limit = setTimeout(() => child.kill('SIGKILL'), 60_000 + 10_000 * (task.seconds ?? 0))
    child.on('error', () => {}) // the abort: 'close' follows
    child.on('close', (code, killedBy) => {
      clearTimeout(limit)
      const line = output.split('\n').findLast((text) => text.startsWith('{'))
      const answer = line ? JSON.parse(line) : { ok: false }
      const ended = killedBy ? `the process was ended by ${killedBy}` : `the process exited with code ${code}`
      resolve(code === 0 || answer.error ? answer : { ...answer, error: ended })
    })
  })
}

function options() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      drivers: { type: 'string' },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
    },
  })
  const chosen = (text, all, what) => {
    const names = text?.split(',') ?? all
    for (const name of names)
      if (!all.includes(name)) throw new Error(`no ${what} is called "${name}"\n${USAGE}`)
    return names
  }
  const positive = (text, flag) => {
    if (!(Number(text) > 0)) throw new Error(`${flag} must be a number above zero\n${USAGE}`)
    return Number(text)
  }
  const names = chosen(values.only, WORKLOADS.map(({ name }) => name), 'workload') // prettier-ignore
  return {
    only: WORKLOADS.filter(({ name }) => names.includes(name)),
    drivers: chosen(values.drivers, Object.keys(DRIVERS), 'driver'),
    rounds: Math.ceil(positive(values.rounds, '--rounds')),
    seconds: positive(values.seconds, '--seconds'),
    json: values.json,
  }
}

main().catch((error) => {
  process.stderr.write(`${error.name === 'AbortError' ? 'interrupted' : error.message}\n`)
  process.exitCode = 1
})
