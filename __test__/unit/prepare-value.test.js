'use strict'

const vm = require('vm')
const pg = require('pg/lib/utils')
const oxpg = require('../../lib/utils')
const pgDefaults = require('pg/lib/defaults')
const oxpgDefaults = require('../../lib/defaults')
const { expectSame } = require('./compare')

const same = (make) => expectSame(pg, oxpg, (utils) => utils.prepareValue(make()))
const bytes = Uint8Array.from([0, 1, 127, 128, 255, 92, 34])

class Money {
  constructor(cents) {
    this.cents = cents
  }
  toPostgres() {
    return `${this.cents / 100} EUR`
  }
}

// Row by row the table of catalogue 2.13. Each entry makes a fresh value, so that nothing is shared.
const MATRIX = {
  null: () => null,
  undefined: () => undefined,
  'empty string': () => '',
  'string with quotes, backslashes and NUL': () => 'a\'b"c\\d\0e',
  'lone surrogate': () => 'x\ud800y',
  zero: () => 0,
  'negative zero': () => -0,
  integer: () => 42,
  float: () => 1.5e-7,
  NaN: () => NaN,
  Infinity: () => -Infinity,
  'huge number': () => 1e21,
  bigint: () => 12345678901234567890n,
  true: () => true,
  false: () => false,
  symbol: () => Symbol('s'),
  function: () => function f() {},
  Buffer: () => Buffer.from(bytes),
  'empty Buffer': () => Buffer.alloc(0),
  Uint8Array: () => Uint8Array.from(bytes),
  'view in the middle of a buffer': () => new Uint8Array(Uint8Array.from(bytes).buffer, 2, 3),
  Float64Array: () => Float64Array.of(1.5, -2),
  DataView: () => new DataView(Uint8Array.from(bytes).buffer, 1, 4),
  ArrayBuffer: () => new ArrayBuffer(4),
  SharedArrayBuffer: () => new SharedArrayBuffer(4),
  Date: () => new Date(2024, 1, 29, 23, 59, 58, 7),
  'Date of year 9': () => new Date(new Date(9, 0, 1).setFullYear(9)),
  'Date of year 12345': () => new Date(12345, 6, 8),
  'Date of 1 BC': () => new Date(Date.UTC(0, 5, 15) - 86400000 * 365.25 * 1900),
  'Date of 44 BC': () => new Date(new Date(2000, 2, 15).setFullYear(-43)),
  'Date of another realm': () => vm.runInNewContext('new Date(86400000 * 365)'),
  'empty array': () => [],
  'nested empty array': () => [[]],
  'array of scalars': () => [1, 'two', true, 3n, null, undefined],
  'array with holes': () => [, 1, , 2, ,], // eslint-disable-line no-sparse-arrays
  'array with hostile strings': () => ['a,b', '{}', 'NULL', '', 'q"u\\o\'te', ' '],
  'nested array': () => [
    [1, [2, 'x']],
    [3, ['"', null]],
  ],
  'array with views': () => [Buffer.from(bytes), Uint8Array.from(bytes), Float32Array.of(1)],
  'array with Dates': () => [new Date(0), new Date(2024, 5, 1)],
  'array with objects': () => [{ a: 1 }, { b: '"' }],
  'array with toPostgres': () => [new Money(150)],
  'array whose toPostgres gives an array': () => [{ toPostgres: () => [1, 'a"b'] }],
  'array element that is undefined on the wire': () => [{ toJSON: () => undefined }],
  'array of another realm': () => vm.runInNewContext('[1, [2, null]]'),
  'plain object': () => ({ a: 1, b: [2], c: { d: null } }),
  'object without prototype': () => Object.assign(Object.create(null), { a: 1 }),
  'object with toJSON': () => ({ toJSON: () => ({ z: 1 }) }),
  'object whose toJSON gives undefined': () => ({ toJSON: () => undefined }),
  'object with a BigInt inside': () => ({ a: 1n }),
  'object that contains itself': () => {
    const o = {}
    o.o = o
    return o
  },
  Map: () => new Map([[1, 2]]),
  Set: () => new Set([1]),
  'String object': () => new String('s'),
  'Number object': () => new Number(5),
  RegExp: () => /x/g,
  Error: () => new Error('boom'),
  Promise: () => Promise.resolve(1),
  'class instance with toPostgres': () => new Money(1999),
  'toPostgres that is no function': () => ({ toPostgres: 'x' }),
  'toPostgres giving null': () => ({ toPostgres: () => null }),
  'toPostgres giving an object': () => ({ toPostgres: () => ({ a: 1 }) }),
  'toPostgres giving a Date': () => ({ toPostgres: () => new Date(2001, 1, 1) }),
  'toPostgres giving another with toPostgres': () => ({ toPostgres: () => new Money(5) }),
  'toPostgres using its argument': () => ({ toPostgres: (prepare) => prepare([1, new Date(0)]) + '!' }),
  'toPostgres giving itself': () => ({
    toPostgres() {
      return this
    },
    toString: () => 'ouroboros',
  }),
  'toPostgres giving each other': () => {
    const a = { toPostgres: () => b }
    const b = { toPostgres: () => a }
    return a
  },
  'Buffer with a toPostgres of its own': () => Object.assign(Buffer.from('b'), { toPostgres: () => 'no' }),
  'Date with a toPostgres of its own': () => Object.assign(new Date(0), { toPostgres: () => 'no' }),
}

describe.each([false, true])('with parseInputDatesAsUTC = %s', (utc) => {
  beforeAll(() => {
    pgDefaults.parseInputDatesAsUTC = oxpgDefaults.parseInputDatesAsUTC = utc
  })
  afterAll(() => {
    pgDefaults.parseInputDatesAsUTC = oxpgDefaults.parseInputDatesAsUTC = false
  })

  test.each(Object.entries(MATRIX))('2.13: a parameter that is %s has the wire form of pg', (_name, make) => {
    same(make)
  })
})

test('2.13: the texts are the documented ones', () => {
  const { prepareValue } = oxpg
  expect(prepareValue([1, 'a"b\\c', null, [true]])).toBe('{"1","a\\"b\\\\c",NULL,{"true"}}')
  expect(prepareValue([Buffer.from('ÿ', 'latin1')])).toBe('{\\\\xff}')
  expect(prepareValue(new ArrayBuffer(2))).toBe('{}')
  expect(prepareValue(-0)).toBe('0')
})

test('2.13: an array element that is bytes on the wire is a TypeError, whose text names a variable of pg', () => {
  const value = [{ toPostgres: () => Buffer.from('x') }]
  for (const { prepareValue } of [pg, oxpg])
    expect(() => prepareValue(value)).toThrow(/replace is not a function/)
})

test('2.13: bytes travel in the same memory, without a copy', () => {
  const view = new Uint8Array(new ArrayBuffer(8), 2, 4)
  const prepared = oxpg.prepareValue(view)
  view[0] = 7
  expect([prepared.length, prepared[0], prepared.buffer === view.buffer]).toEqual([4, 7, true])
  const buffer = Buffer.from('x')
  expect(oxpg.prepareValue(buffer)).toBe(buffer)
})

test('2.13: a cycle of toPostgres is an error that names the object', () => {
  const { message } = same(MATRIX['toPostgres giving itself'])
  expect(message).toBe('circular reference detected while preparing "ouroboros" for query')
})

test('2.13: the exported function takes one argument, so that values.map(prepareValue) is safe', () => {
  expect(oxpg.prepareValue).toHaveLength(1)
  expectSame(pg, oxpg, ({ prepareValue }) => [new Money(1), new Money(2), [3]].map(prepareValue))
})

test('2.13: what toPostgres or toJSON throws arrives as the same object (gh-1854)', () => {
  const thrown = { not: 'an Error' }
  for (const method of ['toPostgres', 'toJSON']) {
    const value = {
      [method]() {
        throw thrown
      },
    }
    for (const parameter of [value, [value]]) {
      let caught
      try {
        oxpg.prepareValue(parameter)
      } catch (error) {
        caught = error
      }
      expect(caught).toBe(thrown)
    }
  }
})

test('D-2: parseInputDatesAsUTC is read at each serialisation', () => {
  const date = new Date(Date.UTC(2020, 0, 1))
  try {
    oxpgDefaults.parseInputDatesAsUTC = true
    expect(oxpg.prepareValue(date)).toBe('2020-01-01T00:00:00.000+00:00')
  } finally {
    oxpgDefaults.parseInputDatesAsUTC = false
  }
})
