'use strict'

const { execFileSync } = require('child_process')
const path = require('path')

// The zone of a process is fixed early, so each zone has a process of its own.
const SCRIPT = `
  const modules = [require('pg/lib/utils'), require(${JSON.stringify(path.resolve(__dirname, '../../lib/utils'))})]
  const moments = []
  for (const year of [-5000, -44, -1, 0, 1, 99, 1000, 1850, 1883, 1901, 1945, 1999, 2024, 9999, 10000, 275760]) {
    for (const [month, day] of [[0, 1], [2, 10], [2, 31], [6, 4], [9, 27], [11, 31]]) {
      const date = new Date(Date.UTC(2000, month, day, 1, 30, 59, 8))
      date.setUTCFullYear(year)
      moments.push(date)
    }
  }
  moments.push(new Date(NaN), new Date(8.64e15), new Date(-8.64e15))
  console.log(JSON.stringify(modules.map((m) => moments.map((date) => m.prepareValue(date)))))
`

function run(script, variables) {
  const options = { cwd: __dirname, env: { ...process.env, ...variables }, encoding: 'utf8', stdio: 'pipe' }
  return execFileSync(process.execPath, ['-e', script], options)
}

test.each([
  ['UTC', '+00:00'],
  ['Asia/Kolkata', '+05:30'],
  ['Asia/Kathmandu', '+05:45'],
  ['America/New_York', '-05:00'],
  ['America/St_Johns', '-03:30'],
  ['Australia/Lord_Howe', '+11:00'],
  ['Pacific/Kiritimati', '+14:00'],
  ['Pacific/Marquesas', '-09:30'],
  ['Africa/Monrovia', '+00:00'],
])('2.13: dates in the zone %s have the wire form of pg', (zone, januaryOffset) => {
  const [theirs, ours] = JSON.parse(run(SCRIPT, { TZ: zone, NODE_NO_WARNINGS: '1' }))
  expect(ours).toEqual(theirs)
  expect(ours.filter((text) => /^(2023-12-31|2024-01-01)/.test(text)).join()).toContain(januaryOffset)
  expect(ours.filter((text) => / BC$/.test(text)).length).toBeGreaterThan(10)
})

test('2.26: an invalid date warns once, under the code PG_INVALID_DATE', () => {
  const script = (file) => `
    process.on('warning', (w) => console.log(JSON.stringify([w.name, w.code, w.message])))
    const { prepareValue } = require(${JSON.stringify(file)})
    console.log(prepareValue(new Date(NaN)))
    console.log(prepareValue([new Date(NaN)]))
  `
  const ours = run(script(path.resolve(__dirname, '../../lib/utils')), { NODE_NO_WARNINGS: undefined })
  expect(ours).toBe(run(script('pg/lib/utils'), { NODE_NO_WARNINGS: undefined }))
  expect(ours.match(/PG_INVALID_DATE/g)).toHaveLength(1)
  expect(ours).toContain('0NaN-NaN-NaNTNaN:NaN:NaN.NaN+NaN:NaN')
})
