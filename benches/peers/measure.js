'use strict'

const fs = require('node:fs')
const { monitorEventLoopDelay, performance } = require('node:perf_hooks')
const { setTimeout: sleep } = require('node:timers/promises')
const { accept } = require('./workloads')

// A large result takes half a second: one query would be luck, not a measurement.
const FEWEST_QUERIES = 3

/** Warms up, then measures one driver on one workload for about `seconds`. */
async function measure(session, workload, seconds) {
  await drive(session, workload, Math.max(0.5, seconds / 2))

  const stalls = startStallWatch()
  await sleep(20)
  const cpu = process.cpuUsage()
  const loop = performance.eventLoopUtilization()
  const start = performance.now()
  const queries = await drive(session, workload, seconds)
  const wall = performance.now() - start
  // `active` is utilisation x wall: the milliseconds that the loop did not spend waiting for events.
  const { active } = performance.eventLoopUtilization(loop)
  const { user, system } = process.cpuUsage(cpu)
  const maxStallMs = await stalls.stop()

  return {
    opsPerSecond: (queries * 1000) / wall,
    mainThreadMicros: (active * 1000) / queries,
    cpuMicros: (user + system) / queries,
    peakRssMb: peakRssMb(),
    maxStallMs,
  }
}

/** Lets all callers ask, one query at a time each, until the time is over; returns how many were answered. */
async function drive({ ask, rowsOf }, workload, seconds) {
  const deadline = performance.now() + seconds * 1000
  let answered = 0
  let failed = false
  async function caller() {
    while (!failed && (performance.now() < deadline || answered < FEWEST_QUERIES)) {
      const values = workload.nextValues()
      accept(workload, values, rowsOf(await ask(values)))
      answered++
    }
  }
  const callers = Array.from({ length: workload.callers }, () =>
    caller().catch((error) => {
      failed = true
      throw error
    })
  )
  await Promise.all(callers)
  return answered
}

/**
 * The longest time in which the event loop did not get round to its timers, from monitorEventLoopDelay at 1 ms. It is
 * a libuv timer that records in C++, so it costs the loop less than a JS interval, and it falls in the same phase: a
 * synchronous block, a garbage collection, or one read that decodes megabytes shows in both alike. An idle loop shows
 * about 1 ms, the timer's own period.
 */
function startStallWatch() {
  const delays = monitorEventLoopDelay({ resolution: 1 })
  delays.enable()
  return {
    async stop() {
      // A block that ends the measured span is only recorded when the timer fires again.
      await sleep(20)
      delays.disable()
      return delays.max / 1e6
    },
  }
}

// Linux hands the peak of the process that called exec down in ru_maxrss, so a small child of a large parent would
// show its parent's peak. VmHWM belongs to this program alone.
function peakRssMb() {
  if (process.platform === 'linux') {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(fs.readFileSync('/proc/self/status', 'utf8'))
    return Number(kilobytes) / 1024
  }
  return process.resourceUsage().maxRSS / 1024
}

module.exports = { measure, peakRssMb, startStallWatch }
