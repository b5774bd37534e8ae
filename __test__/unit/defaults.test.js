'use strict'

const { execFileSync } = require('child_process')
const path = require('path')
const types = require('pg-types')
const pg = require('pg/lib/defaults')
const oxpg = require('../../lib/defaults')
const { picture } = require('./compare')

test('1.1: the keys, their order, their values and their visibility are those of pg', () => {
  // The setter has another name; everything else must be alike.
  expect(picture(oxpg)).toEqual(picture(pg))
  expect(Object.keys(oxpg)).toContain('parseInt8')
})

test.each(['linux', 'win32'])('1.1: the user comes from the environment, once, on %s', (platform) => {
  const script = (file) => `
    Object.defineProperty(process, 'platform', { value: ${JSON.stringify(platform)} })
    const defaults = require(${JSON.stringify(file)})
    process.env.USER = process.env.USERNAME = 'later'
    console.log(defaults.user)
  `
  const run = (file) =>
    execFileSync(process.execPath, ['-e', script(file)], {
      cwd: __dirname,
      env: { ...process.env, USER: 'unix-user', USERNAME: 'windows-user' },
      encoding: 'utf8',
    })
  const ours = run(path.resolve(__dirname, '../../lib/defaults'))
  expect(ours).toBe(run('pg/lib/defaults'))
  expect(ours.trim()).toBe(platform === 'win32' ? 'windows-user' : 'unix-user')
})

describe('D-3: parseInt8', () => {
  const parsers = () => [20, 1016].map((oid) => types.getTypeParser(oid, 'text'))
  const original = parsers()
  afterEach(() => {
    oxpg.parseInt8 = false
  })

  test('is a setter alone, as TypeORM looks for it', () => {
    const descriptor = Object.getOwnPropertyDescriptor(oxpg, 'parseInt8')
    expect([typeof descriptor.set, descriptor.get, descriptor.enumerable]).toEqual([
      'function',
      undefined,
      true,
    ])
    expect(oxpg.parseInt8).toBeUndefined()
  })

  test('makes int8 and int8[] numbers, and false brings the parsers back', () => {
    oxpg.parseInt8 = true
    expect(parsers()).toEqual([types.getTypeParser(23, 'text'), types.getTypeParser(1007, 'text')])
    expect(types.getTypeParser(20)('12')).toBe(12)
    oxpg.parseInt8 = false
    expect(parsers().map((parser, i) => parser === original[i])).toEqual([true, true])
  })

  test('brings back the original parsers even where somebody else replaced them since', () => {
    types.setTypeParser(20, () => 'mine')
    oxpg.parseInt8 = false
    expect(types.getTypeParser(20)).toBe(original[0])
  })

  test('takes the parser of int4 that is set at that moment', () => {
    const int4 = types.getTypeParser(23, 'text')
    const custom = (text) => 'custom ' + text
    try {
      types.setTypeParser(23, custom)
      oxpg.parseInt8 = 1
      expect(types.getTypeParser(20)).toBe(custom)
    } finally {
      types.setTypeParser(23, int4)
    }
  })
})
