'use strict'

// Connections opened all at once, as after a deployment or a failover, each with TLS and a SCRAM login.

const { performance } = require('node:perf_hooks')
const { setTimeout: sleep } = require('node:timers/promises')
const { peakRssMb, startStallWatch } = require('./measure')
const { median } = require('./report')

const FEWEST_STORMS = 3

/** Opens `workload.connections` at once, again and again for about `seconds`; closing them is not measured. */
async function measureStorm(open, workload, seconds) {
  await storm(open, workload)

  const storms = []
  const deadline = performance.now() + seconds * 1000
  while (performance.now() < deadline || storms.length < FEWEST_STORMS) {
    storms.push(await storm(open, workload))
  }
  const sum = (metric) => storms.reduce((total, one) => total + one[metric], 0)
  const stalls = storms.map(({ stall }) => stall)
  const connects = storms.length * workload.connections
  return {
    opsPerSecond: (connects * 1000) / sum('wall'),
    mainThreadMicros: (sum('active') * 1000) / connects,
    cpuMicros: sum('cpu') / connects,
    peakRssMb: peakRssMb(),
    // Of one storm, as an application meets it; the worst of all is told apart.
    maxStallMs: median(stalls),
    worstStallMs: Math.max(...stalls),
  }
}

async function storm(open, { connections }) {
  const session = open()
  const stalls = startStallWatch()
  await sleep(20)
  const cpu = process.cpuUsage()
  const loop = performance.eventLoopUtilization()
  const start = performance.now()
  const held = await Promise.all(Array.from({ length: connections }, () => session.checkOut()))
  const wall = performance.now() - start
  const { active } = performance.eventLoopUtilization(loop)
  const { user, system } = process.cpuUsage(cpu)
  const stall = await stalls.stop()
  if (new Set(held).size !== connections) throw new Error('some callers share a connection')
  for (const client of held) client.release()
  await session.end()
  return { wall, active, cpu: user + system, stall }
}

module.exports = { measureStorm }
