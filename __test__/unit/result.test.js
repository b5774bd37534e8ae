'use strict'

const types = require('pg-types')
const PgResult = require('pg/lib/result')
const OxpgResult = require('../../lib/result')
const { expectSame } = require('./compare')

const same = (run) => expectSame(PgResult, OxpgResult, run)
const field = (name, dataTypeID = 25, format = 'text') => ({
  name,
  tableID: 0,
  columnID: 0,
  dataTypeID,
  dataTypeSize: -1,
  dataTypeModifier: -1,
  format,
})
const filled = (Result, fields, rows, rowMode) => {
  const result = new Result(rowMode)
  result.addFields(fields)
  for (const row of rows) result.addRow(result.parseRow(row))
  return result
}

test.each([[undefined], ['array'], ['object'], [null]])(
  'R-1: with rowMode %p the fields are those of pg, in order',
  (mode) => {
    same((Result) => new Result(mode, types))
    same((Result) => Object.keys(new Result(mode)))
    same((Result) => Object.getOwnPropertyNames(Result.prototype).sort())
  }
)

test('R-1: it is extensible and its fields are its own', () => {
  const result = new OxpgResult()
  result.duration = 5
  expect(Object.prototype.hasOwnProperty.call(result, 'rows')).toBe(true)
  expect(Object.isExtensible(result)).toBe(true)
})

test.each([
  'SELECT 5',
  'INSERT 0 3',
  'INSERT 17 1',
  'UPDATE 0',
  'CREATE TABLE',
  'BEGIN',
  'LOCK TABLE',
  'COPY 5',
  'MOVE 2',
  'FETCH 10',
  'select 1',
  '12',
  ' SELECT 1',
  'SELECT  1',
  'SELECT 1x',
  'INSERT 0 9007199254740993',
  'REFRESH MATERIALIZED VIEW',
  'CREATE TABLE AS 3',
  '',
])('R-2: the command tag %j is read as in pg', (text) => {
  const tagged = (msg) => (Result) => {
    const result = new Result()
    result.addCommandComplete(msg)
    return result
  }
  same(tagged({ text }))
  same(tagged({ command: text }))
  same(tagged({ text, command: 'DELETE 9' }))
})

test('R-2: a second tag keeps what it does not mention', () => {
  same((Result) => {
    const result = new Result()
    for (const text of ['INSERT 5 7', 'SELECT 2', 'BEGIN', '???']) result.addCommandComplete({ text })
    return result
  })
})

const HOSTILE = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'valueOf',
  '',
  '?column?',
  '"quote"d"',
  '1',
  '0',
]

describe('R-4: object rows', () => {
  test('keep hostile names as plain properties of ordinary objects', () => {
    const { returned } = same(
      (Result) =>
        filled(
          Result,
          HOSTILE.map((name) => field(name)),
          [HOSTILE.map((n) => n + '!')]
        ).rows
    )
    expect(JSON.stringify(returned)).toContain('__proto__!')

    const [row] = filled(
      OxpgResult,
      HOSTILE.map((name) => field(name)),
      [HOSTILE]
    ).rows
    expect(Object.getPrototypeOf(row)).toBe(Object.prototype)
    expect(Object.getOwnPropertyDescriptor(row, '__proto__').value).toBe('__proto__')
    expect({}.polluted).toBeUndefined()
  })

  test.each([
    ['a value', '{"polluted":1}'],
    ['an object', '{"polluted":{"deep":1}}'],
    ['null', null],
  ])('do not change their prototype for a column __proto__ with %s', (_name, json) => {
    same((Result) => filled(Result, [field('__proto__', 114), field('x')], [[json, 'y']]).rows)
    const [row] = filled(OxpgResult, [field('__proto__', 114)], [[json]]).rows
    expect(row.polluted).toBeUndefined()
  })

  test('have the last value of columns with one name, at the place of the first', () => {
    const fields = [field('a'), field('b', 23), field('a'), field('__proto__'), field('__proto__', 23)]
    same(
      (Result) =>
        filled(Result, fields, [
          ['1', '2', '3', '4', '5'],
          ['1', null, null, null, null],
        ]).rows
    )
    expect(filled(OxpgResult, fields.slice(0, 3), [['1', '2', '3']]).rows).toEqual([{ a: '3', b: 2 }])
  })

  test('equal literals strictly', () => {
    const [row] = filled(OxpgResult, [field('a', 23), field('b', 16)], [['1', 't']]).rows
    expect(row).toStrictEqual({ a: 1, b: true })
  })

  test('give bytes to the parser of a binary column', () => {
    const fields = [field('i', 23, 'binary'), field('t', 25, 'text')]
    same(
      (Result) =>
        filled(Result, fields, [
          ['\0\0\0\x05', 'x'],
          [null, null],
        ]).rows
    )
  })
})

test('R-5: array rows have a place for every column', () => {
  const fields = [field('a', 23), field('a'), field('__proto__')]
  same(
    (Result) =>
      filled(
        Result,
        fields,
        [
          ['1', null, 'x'],
          [null, null, null],
        ],
        'array'
      ).rows
  )
  expect(filled(OxpgResult, fields, [['1', null, 'x']], 'array').rows).toEqual([[1, null, 'x']])
})

describe('R-6: the parser', () => {
  test('is chosen once per set of fields, by oid and format', () => {
    const choose = (Result) => {
      const calls = []
      const custom = {
        getTypeParser: (...args) => {
          calls.push(args)
          return (...texts) => JSON.stringify([args, texts])
        },
      }
      const result = new Result(undefined, custom)
      result.addFields([field('a', 1), field('b', 2, 'binary'), { name: 'c', dataTypeID: 3 }])
      for (let i = 0; i < 3; i++) result.addRow(result.parseRow(['x', 'y', 'z']))
      return { calls, rows: result.rows }
    }
    const { returned } = same(choose)
    expect(JSON.stringify(returned)).toContain('binary')
    expect(choose(OxpgResult).calls).toHaveLength(3)
  })

  test('comes from _types even where they were put in later, as pg-cursor does', () => {
    const result = new OxpgResult()
    result._types = { getTypeParser: () => () => 'late' }
    result.addFields([field('a')])
    expect(result.parseRow(['x'])).toEqual({ a: 'late' })
  })

  test('of the global registry counts from the next set of fields on', () => {
    const before = types.getTypeParser(25)
    try {
      const result = filled(OxpgResult, [field('a')], [['1']])
      types.setTypeParser(25, (text) => text + '?')
      result.addRow(result.parseRow(['2']))
      result.addFields([field('a')])
      result.addRow(result.parseRow(['3']))
      expect(result.rows).toEqual([{ a: '1' }, { a: '2' }, { a: '3?' }])
    } finally {
      types.setTypeParser(25, before)
    }
  })
})

test('R-8: fields can be replaced, and no fields are fine', () => {
  same((Result) => {
    const result = filled(Result, [field('a')], [['1']])
    result.addFields([])
    result.addRow(result.parseRow([]))
    result.addFields([field('b'), field('c')])
    result.addRow(result.parseRow(['2', '3']))
    return result.rows
  })
  same((Result) => filled(Result, [], []))
})

test('R-8: a row that was parsed is not changed by the next one', () => {
  const result = filled(OxpgResult, [field('a')], [['1'], [null], ['3']])
  expect(result.rows).toEqual([{ a: '1' }, { a: null }, { a: '3' }])
})

test('R-8: more values than fields, or no fields at all, end as in pg', () => {
  same((Result) => filled(Result, [field('a')], [['1', '2']]))
  expect(same((Result) => new Result().parseRow(['1'])).name).toBe('TypeError')
  expect(same((Result) => filled(Result, [field('a')], [['1', '2']], 'array')).name).toBe('TypeError')
})
