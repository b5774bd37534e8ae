'use strict'

// The harness must be able to fail: each pair here is something a user could tell apart.

const { observe, expectSame } = require('./harness')
const { describeValue } = require('./describe-value')

const hidden = (value) => Object.defineProperty({}, 'password', { value, enumerable: false })
const error = (message, fields) => Object.assign(new Error(message), fields)
class Row {}

const pairs = [
  ['the order of keys', { a: 1, b: 2 }, { b: 2, a: 1 }],
  ['a missing key and an undefined one', {}, { a: undefined }],
  ['null and undefined', null, undefined],
  ['the sign of zero', 0, -0],
  ['a number and its text', 1, '1'],
  ['a number and a bigint', 1, 1n],
  ['a date and its milliseconds', new Date(5), 5],
  ['dates a millisecond apart', new Date(5), new Date(6)],
  ['an invalid date and a valid one', new Date(NaN), new Date(0)],
  ['a hole and undefined', [, 1], [undefined, 1]], // eslint-disable-line no-sparse-arrays
  ['a hole and null', [, 1], [null, 1]], // eslint-disable-line no-sparse-arrays
  ['an array and an array-like object', [1], { 0: 1, length: 1 }],
  ['buffers of other bytes', Buffer.from([1]), Buffer.from([2])],
  ['a buffer and a plain byte array', Buffer.from([1]), new Uint8Array([1])],
  ['a class instance and a plain object', new Row(), {}],
  ['an object without a prototype and a plain one', Object.create(null), {}],
  ['a hidden property and a visible one', hidden('x'), { password: 'x' }],
  ['what a hidden property holds', hidden('x'), hidden('y')],
  ['error messages', error('a'), error('b')],
  ['error codes', error('a', { code: 'X' }), error('a', { code: 'Y' })],
  ['error classes', new TypeError('a'), new Error('a')],
  ['a cause', new Error('a', { cause: 1 }), new Error('a')],
  ['an own __proto__ key', JSON.parse('{"__proto__":1}'), {}],
  ['strings by a code unit', '\ud800', '\ufffd'],
]

for (const [what, left, right] of pairs) {
  test(`tells apart ${what}`, () => {
    expectSame(describeValue(left), describeValue(left))
    expect(() => expectSame(describeValue(left), describeValue(right))).toThrow()
    expect(() => expectSame(describeValue([{ deep: left }]), describeValue([{ deep: right }]))).toThrow()
  })
}

test('tells apart the order of logged events', async () => {
  const forwards = await observe(async ({ log }) => void (log('a'), log('b')), 'theirs')
  const backwards = await observe(async ({ log }) => void (log('b'), log('a')), 'theirs')
  expect(() => expectSame(backwards, forwards)).toThrow()
})

test('refuses a case that observes nothing', async () => {
  await expect(observe(async () => {}, 'theirs')).rejects.toThrow('observes nothing')
})

test('says on which side a case went wrong', async () => {
  const broken = async () => {
    throw new Error('broken case')
  }
  await expect(observe(broken, 'theirs')).rejects.toThrow('[pg] broken case')
})

test('notes a value as it was when it was logged', async () => {
  const { log } = await observe(async ({ log }) => {
    const rows = [1]
    log('rows', rows)
    rows.push(2)
  }, 'theirs')
  expect(log).toStrictEqual([['rows', [1]]])
})
