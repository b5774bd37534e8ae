'use strict'

const METRICS = ['opsPerSecond', 'mainThreadMicros', 'cpuMicros', 'peakRssMb', 'maxStallMs']

/** One row per workload and driver: medians over the rounds, the spread of the throughput, the worst stall. */
function summarise(workload, driver, samples, pgSamples) {
  const row = { workload, driver }
  for (const metric of METRICS) row[metric] = rounded(median(samples.map((sample) => sample[metric])))
  const speeds = samples.map((sample) => sample.opsPerSecond)
  row.opsPerSecondMin = rounded(Math.min(...speeds))
  row.opsPerSecondMax = rounded(Math.max(...speeds))
  row.maxStallMsWorst = rounded(
    Math.max(...samples.map((sample) => sample.worstStallMs ?? sample.maxStallMs))
  )
  row.rounds = samples.length
  const encryptions = new Set(samples.map(({ encryption }) => encryption))
  if (!encryptions.has(undefined)) row.encryption = [...encryptions].join(', ')
  return { ...row, ...ratiosTo(pgSamples, samples) }
}

const RATIOS = {
  opsPerSecondToPg: 'opsPerSecond',
  mainThreadToPg: 'mainThreadMicros',
  cpuToPg: 'cpuMicros',
  peakRssToPg: 'peakRssMb',
}

/**
 * What a driver is in relation to pg: the median of the ratios within each round. The machine's mood changes from
 * round to round, often by more than drivers differ; within a round both met the same. `null` where pg was not measured.
 */
function ratiosTo(pgSamples, samples) {
  const pairs = samples.flatMap((sample) => {
    const pg = pgSamples.find(({ round }) => round === sample.round)
    return pg ? [[sample, pg]] : []
  })
  return Object.fromEntries(
    Object.entries(RATIOS).map(([key, metric]) => {
      const ratios = pairs.map(([sample, pg]) => sample[metric] / pg[metric])
      return [key, ratios.length ? rounded(median(ratios)) : null]
    })
  )
}

const COLUMNS = [
  ['driver', (row) => row.driver],
  ['ops/s', (row) => number(row.opsPerSecond)],
  ['min..max', (row) => `${number(row.opsPerSecondMin)}..${number(row.opsPerSecondMax)}`],
  ['x pg', (row) => ratio(row.opsPerSecondToPg)],
  ['main us', (row) => number(row.mainThreadMicros)],
  ['x pg', (row) => ratio(row.mainThreadToPg)],
  ['cpu us', (row) => number(row.cpuMicros)],
  ['x pg', (row) => ratio(row.cpuToPg)],
  ['rss MB', (row) => number(row.peakRssMb)],
  ['x pg', (row) => ratio(row.peakRssToPg)],
  ['stall ms', (row) => number(row.maxStallMs)],
  ['worst', (row) => number(row.maxStallMsWorst)],
]

// Nobody should compare ciphers without knowing it.
const ENCRYPTED = ['  encrypted by', (row) => `  ${row.encryption}`]

/** The table of one workload, for people. */
function table(title, rows) {
  const columns = rows.some((row) => row.encryption) ? [...COLUMNS, ENCRYPTED] : COLUMNS
  const lines = [columns.map(([head]) => head), ...rows.map((row) => columns.map(([, cell]) => cell(row)))]
  const widths = columns.map((_, column) => Math.max(...lines.map((line) => line[column].length)))
  const pad = (cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))
  const printed = lines.map((line) => `  ${line.map(pad).join('  ').trimEnd()}`)
  return [title, ...printed].join('\n')
}

const LEGEND = `Medians over the rounds. "x pg" relates the column before it to pg (median of the ratios within each round): more is
better for ops/s, less for all others.
main us: event loop busy, per query (by the clock: waiting for a core counts); cpu us: all threads of the client
process, per query; stall ms: longest time that the event loop did not reach its timers (median of the rounds'
maxima, and the worst of them).`

function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

function rounded(value) {
  return Math.round(value * 100) / 100
}

function number(value) {
  return value >= 1000 ? Math.round(value).toLocaleString('en-US') : value.toFixed(value >= 100 ? 0 : 1)
}

function ratio(value) {
  return value === null ? '-' : value.toFixed(2)
}

module.exports = { LEGEND, median, summarise, table }
