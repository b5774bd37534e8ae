'use strict'

const types = require('pg-types')
const PgOverrides = require('pg/lib/type-overrides')
const OxpgOverrides = require('../../lib/type-overrides')
const { expectSame } = require('./compare')

const same = (run) => expectSame(PgOverrides, OxpgOverrides, run)

test('3.5: a fresh instance has the properties of pg, and its methods are enumerable on the prototype', () => {
  same((TypeOverrides) => Object.keys(new TypeOverrides()))
  same((TypeOverrides) => [new TypeOverrides().text, new TypeOverrides().binary])
  same((TypeOverrides) => Object.keys(TypeOverrides.prototype))
  expect(new OxpgOverrides()._types).toBe(types)
})

test.each([
  ['(oid, fn) in text alone', [23, (text) => 'own ' + text]],
  ["(oid, 'text', fn)", [23, 'text', (text) => 'own ' + text]],
  ["(oid, 'binary', fn) in binary alone", [23, 'binary', (text) => 'own ' + text]],
  ["(oid, 'other', fn) nowhere", [23, 'other', (text) => 'own ' + text]],
  ["('oid as a string', fn)", ['23', (text) => 'own ' + text]],
  ['(oid, undefined, fn) nowhere', [23, undefined, (text) => 'own ' + text]],
  ['(oid, null) as no override', [23, 'text', null]],
])('3.5: setTypeParser%s counts', (_name, args) => {
  same((TypeOverrides) => {
    const overrides = new TypeOverrides()
    const returned = overrides.setTypeParser(...args)
    const parse = (format) => overrides.getTypeParser(23, format)
    const texts = [undefined, null, '', 'text'].map((format) => parse(format)('7'))
    return { returned, texts, binary: parse('binary') === types.getTypeParser(23, 'binary') }
  })
})

test('3.5: what is not overridden comes from the given types, asked with oid and format', () => {
  same((TypeOverrides) => {
    const calls = []
    const overrides = new TypeOverrides({
      getTypeParser: (...args) => {
        calls.push(args)
        return (text) => text + '!'
      },
    })
    return [overrides.getTypeParser(1), overrides.getTypeParser(2, 'binary')]
      .map((parse) => parse('x'))
      .concat(calls)
  })
})

test('3.5: the table of an unknown format is thrown away', () => {
  const overrides = new OxpgOverrides()
  expect(overrides.getOverrides('text')).toBe(overrides.text)
  expect(overrides.getOverrides('binary')).toBe(overrides.binary)
  expect(overrides.getOverrides('x')).toEqual({})
  expect(overrides.getOverrides('x')).not.toBe(overrides.getOverrides('x'))
})

test('3.5: an override does not leak to other clients or to the global registry', () => {
  const before = types.getTypeParser(23)
  new OxpgOverrides().setTypeParser(23, () => 'mine')
  expect(new OxpgOverrides().getTypeParser(23)).toBe(before)
  expect(types.getTypeParser(23)).toBe(before)
})

test('3.5: it can be inherited from in the style of functions', () => {
  function Mine() {
    OxpgOverrides.call(this)
  }
  Object.setPrototypeOf(Mine.prototype, OxpgOverrides.prototype)
  expect(new Mine().getTypeParser(23)('5')).toBe(5)
})
