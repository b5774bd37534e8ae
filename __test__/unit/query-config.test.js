'use strict'

const pg = require('pg/lib/utils')
const oxpg = require('../../lib/utils')
const { expectSame } = require('./compare')

const callback = function done() {}
const same = (...args) => expectSame(pg, oxpg, (utils) => utils.normalizeQueryConfig(...args))

test.each([
  ['(text)', ['select 1']],
  ['(text, values)', ['select $1', [1]]],
  ['(text, callback)', ['select 1', callback]],
  ['(text, values, callback)', ['select $1', [1], callback]],
  ['(text, undefined, callback)', ['select 1', undefined, callback]],
  ['(text, null)', ['select 1', null]],
  ['(config)', [{ text: 'select 1', name: 'n', rowMode: 'array' }]],
  ['(config, values), which override', [{ text: 'select $1', values: [1] }, [2]]],
  ['(config with values, empty values)', [{ text: 'select $1', values: [1] }, []]],
  ['(config, callback), which overrides', [{ text: 'select 1', callback: () => 1 }, callback]],
  ['(config, values, callback)', [{ text: 'select $1' }, [1], callback]],
  ['(text, values of no array)', ['select $1', 'oops']],
  ['(null)', [null]],
  ['(undefined)', [undefined]],
  ['(null, values)', [null, [1]]],
  ['(a number)', [5]],
  ['(config without prototype)', [Object.assign(Object.create(null), { text: 'x' })]],
])('Q-1: query%s becomes the config that pg makes of it', (_name, args) => {
  same(...args)
})

test('Q-3: the caller keeps its object as it was', () => {
  const values = [1]
  const config = { text: 'select $1', values }
  const normalized = oxpg.normalizeQueryConfig(config, [2], callback)
  expect(config).toEqual({ text: 'select $1', values: [1] })
  expect(config.values).toBe(values)
  expect(normalized).toEqual({ text: 'select $1', values: [2], callback })
})

test('Q-3: a frozen config works alone and refuses other values, as in pg', () => {
  const config = Object.freeze({ text: 'select $1', values: [1] })
  expect(same(config).threw).toBeUndefined()
  expect(same(config, [2]).name).toBe('TypeError')
})

test('Q-3: an instance of a class with getters keeps its prototype, its getters and its hidden properties', () => {
  class Statement {
    get text() {
      return 'select ' + this.what
    }
  }
  const config = new Statement()
  Object.defineProperty(config, 'what', { value: 7, enumerable: false })
  Object.defineProperty(config, 'name', { get: () => 'computed', enumerable: true, configurable: true })
  same(config)
  const normalized = oxpg.normalizeQueryConfig(config)
  expect(normalized).toBeInstanceOf(Statement)
  expect([normalized.text, normalized.name]).toEqual(['select 7', 'computed'])
})
