'use strict'

const fs = require('node:fs')
const path = require('node:path')

const { currentPlatform, isMusl, supported } = require('../../lib/platform')
const { platformProblems } = require('../../scripts/check-pack')
const root = require('../../package.json')

const folder = path.join(__dirname, '..', '..', 'npm')
const read = (platform) => JSON.parse(fs.readFileSync(path.join(folder, platform, 'package.json'), 'utf8'))

// x86_64-unknown-linux-gnu -> linux-x64-gnu
function platformOf(target) {
  const [cpu, vendor, system, abi] = target.split('-')
  const arch = { x86_64: 'x64', aarch64: 'arm64' }[cpu]
  const platform = { linux: 'linux', darwin: 'darwin', windows: 'win32' }[system]
  return [platform, arch, abi].filter((part) => part && part !== vendor).join('-')
}

test('the build targets, the platform packages and the list in the error message are the same eight', () => {
  const byName = [...supported].sort()
  expect(byName).toHaveLength(8)
  expect(root.napi.targets.map(platformOf).sort()).toEqual(byName)
  expect(fs.readdirSync(folder).sort()).toEqual(byName)
})

test.each(supported)('%s has the name, version and entry that the loader expects', (platform) => {
  expect(platformProblems(platform, read(platform), () => true, root.version)).toEqual([])
})

test.each(supported)('%s is installed on its own platform only', (platform) => {
  const [os, cpu, abi] = platform.split('-')
  const libc = { gnu: ['glibc'], musl: ['musl'] }[abi]
  expect(read(platform)).toMatchObject({ os: [os], cpu: [cpu], ...(libc && { libc }) })
  expect(read(platform).libc).toEqual(libc)
})

describe('on Linux', () => {
  const real = Object.getOwnPropertyDescriptor(process, 'platform')
  beforeEach(() => Object.defineProperty(process, 'platform', { ...real, value: 'linux' }))
  afterEach(() => {
    Object.defineProperty(process, 'platform', real)
    jest.restoreAllMocks()
  })

  test('a Node that reports no glibc runs on musl', () => {
    jest.spyOn(process.report, 'getReport').mockReturnValue({ header: {} })
    expect(isMusl()).toBe(true)
    expect(currentPlatform()).toBe(`linux-${process.arch}-musl`)
  })

  test('a Node that reports its glibc does not run on musl', () => {
    jest.spyOn(process.report, 'getReport').mockReturnValue({ header: { glibcVersionRuntime: '2.39' } })
    expect(isMusl()).toBe(false)
    expect(currentPlatform()).toBe(`linux-${process.arch}-gnu`)
  })

  test('the question leaves the process-wide report settings as they were', () => {
    const before = process.report.excludeNetwork
    currentPlatform()
    expect(process.report.excludeNetwork).toBe(before)
  })
})
