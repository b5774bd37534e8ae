'use strict'

// Catalogue 2.13: what each JavaScript value becomes on the wire, seen by what the server makes of it.

const { parity } = require('./harness')

const circular = () => {
  const value = { toPostgres: () => value }
  return value
}

class Money {
  constructor(cents) {
    this.cents = cents
  }
  toPostgres() {
    return `${(this.cents / 100).toFixed(2)}`
  }
}

class Point {
  constructor(x, y) {
    Object.assign(this, { x, y })
  }
  toPostgres(prepareValue) {
    return `(${prepareValue(this.x)},${prepareValue(this.y)})`
  }
}

const withJson = (value) => ({ toJSON: () => value })
const withPostgres = (value) => ({ toPostgres: () => value })
const nullPrototype = (value) => Object.assign(Object.create(null), value)

// [title, value factory, cast]
const values = [
  ['null', () => null],
  ['undefined', () => undefined],
  ['an empty string', () => ''],
  ['a string', () => 'plain'],
  ['a string of quotes and backslashes', () => `'"\\\n\t$1`],
  ['a string beyond ASCII', () => 'ä€😀'],
  ['a string of 31 characters', () => 'x'.repeat(31)],
  ['a string of 32 characters', () => 'x'.repeat(32)],
  ['a string of 33 characters with one beyond ASCII', () => `${'x'.repeat(32)}é`],
  ['a short string with one beyond ASCII', () => 'xé'],
  ['a long string', () => 'é'.repeat(100000)],
  ['a lone high surrogate', () => 'a\ud800b'],
  ['a lone low surrogate', () => '\udc00'],
  ['a combining sequence', () => 'e\u0301'],
  ['a byte order mark', () => '\ufeffx'],
  ['control characters', () => '\x01\x7f\x80\x9f'],
  ['zero', () => 0],
  ['negative zero', () => -0],
  ['an integer', () => 42],
  ['a negative number', () => -1.5],
  ['the largest safe integer', () => Number.MAX_SAFE_INTEGER],
  ['a tiny number', () => 5e-324],
  ['a huge number', () => 1e21],
  ['NaN', () => NaN],
  ['Infinity', () => Infinity],
  ['minus Infinity', () => -Infinity],
  ['a bigint', () => 9223372036854775807n],
  ['a negative bigint', () => -9223372036854775808n],
  ['true', () => true],
  ['false', () => false],
  ['a function', () => function named() {}],
  ['an arrow function', () => () => 1],
  ['a symbol', () => Symbol('mark')],
  ['an object', () => ({ a: 1, b: [true, null], c: 'é"\\' })],
  ['an empty object', () => ({})],
  ['an object with undefined inside', () => ({ a: undefined, b: 1 })],
  ['an object without prototype', () => nullPrototype({ a: 1 })],
  ['a Map', () => new Map([[1, 2]])],
  ['a Set', () => new Set([1])],
  ['a String object', () => new String('boxed')],
  ['a Number object', () => new Number(5)],
  ['a Boolean object', () => new Boolean(false)],
  ['a RegExp', () => /a+/g],
  ['an Error', () => new Error('inside')],
  ['a Promise', () => Promise.resolve(1)],
  ['a URL', () => new URL('http://example.test/a')],
  ['a toJSON that gives a string', () => withJson('given')],
  ['a toJSON that gives an object', () => withJson({ a: 1 })],
  ['a toJSON that gives undefined', () => withJson(undefined)],
  ['a toJSON that gives null', () => withJson(null)],
  ['a toPostgres that gives a string', () => new Money(1234)],
  ['a toPostgres that prepares its parts', () => new Point(1, -2.5), 'point'],
  ['a toPostgres that gives null', () => withPostgres(null)],
  ['a toPostgres that gives undefined', () => withPostgres(undefined)],
  ['a toPostgres that gives a number', () => withPostgres(5)],
  ['a toPostgres that gives an object', () => withPostgres({ a: 1 })],
  ['a toPostgres that gives an array', () => withPostgres([1, 'b'])],
  ['a toPostgres that gives a toPostgres', () => withPostgres(new Money(5))],
  ['a toPostgres that gives a Buffer', () => withPostgres(Buffer.from('abc')), 'bytea'],
  ['a toPostgres that is no function', () => ({ toPostgres: 'no' })],
  ['a toPostgres beside a toJSON', () => ({ toPostgres: () => 'postgres', toJSON: () => 'json' })],
  ['an ArrayBuffer', () => new ArrayBuffer(4)],
  ['a SharedArrayBuffer', () => new SharedArrayBuffer(4)],
  ['a Buffer', () => Buffer.from([0, 1, 127, 128, 255]), 'bytea'],
  ['an empty Buffer', () => Buffer.alloc(0), 'bytea'],
  ['a Buffer for text', () => Buffer.from('grüße'), 'text'],
  ['a Buffer for an integer', () => Buffer.from([0, 0, 1, 0]), 'int4'],
  ['a large Buffer', () => Buffer.alloc(200000, 'ab'), 'bytea'],
  ['a Uint8Array', () => new Uint8Array([1, 2, 3]), 'bytea'],
  ['a window of a Uint8Array', () => new Uint8Array([1, 2, 3, 4]).subarray(1, 3), 'bytea'],
  ['a Float64Array', () => new Float64Array([1.5]), 'bytea'],
  ['a DataView', () => new DataView(Uint8Array.from([9, 8, 7]).buffer, 1, 2), 'bytea'],
  ['a Uint16Array over part of a buffer', () => new Uint16Array(new ArrayBuffer(8), 2, 2), 'bytea'],
  ['an empty array', () => []],
  ['an array in an array', () => [[]]],
  ['numbers', () => [1, -2.5, 0]],
  ['strings', () => ['a', 'b c', '', 'NULL', 'null']],
  ['strings to quote', () => ['"', '\\', ',', '{', '}', "'", '\n']],
  ['nulls and undefineds', () => [null, undefined, 'x']],
  ['an array with holes', () => [, 'x', ,]], // eslint-disable-line no-sparse-arrays
  ['booleans and bigints', () => [true, false, 5n]],
  [
    'nested arrays',
    () => [
      ['a', 'b'],
      ['c', null],
    ],
  ],
  [
    'three levels of arrays',
    () => [
      [[1], [2]],
      [[3], [4]],
    ],
  ],
  ['objects in an array', () => [{ a: 1 }, { b: '"' }]],
  ['a toPostgres in an array', () => [new Money(1), new Money(2)]],
  ['a toPostgres that gives an array in an array', () => [withPostgres(['a', 'b'])]],
  ['a Buffer in an array', () => [Buffer.from([1, 255]), null]],
  ['a Uint8Array in an array', () => [new Uint8Array([1, 2]).subarray(1)]],
  ['symbols in an array', () => [Symbol('x')]],
  ['NaN in an array', () => [NaN, Infinity]],
  ['a subclass of Array', () => Object.assign(new (class Rows extends Array {})(), { 0: 'a', length: 1 })],
  ['an array with a toJSON', () => Object.assign(['a'], { toJSON: () => 'ignored' })],
  ['an array with a toPostgres', () => Object.assign(['a'], { toPostgres: () => 'ignored' })],
]

parity.each(values)(
  ([title]) => `PV: parameter ${title}`,
  async ({ sharedClient, outcome }, [, make, cast = 'text']) => {
    const client = await sharedClient()
    return outcome(client.query(`select $1::${cast} as v, pg_typeof($1)::text as t`, [make()]))
  }
)

const casts = [
  ['an integer as int8', 'int8', () => Number.MAX_SAFE_INTEGER],
  ['a bigint as int8', 'int8', () => 9007199254740993n],
  ['a float as numeric', 'numeric', () => 0.1],
  ['NaN as float8', 'float8', () => NaN],
  ['Infinity as float8', 'float8', () => -Infinity],
  ['true as bool', 'bool', () => true],
  ['numbers as int[]', 'int[]', () => [1, null, 3]],
  [
    'nested numbers as int[]',
    'int[]',
    () => [
      [1, 2],
      [3, 4],
    ],
  ],
  ['bigints as int8[]', 'int8[]', () => [1n, 9007199254740993n]],
  ['strings as text[]', 'text[]', () => ['a"b', 'c\\d', null, 'é,{}']],
  ['booleans as bool[]', 'bool[]', () => [true, false, null]],
  ['floats as float8[]', 'float8[]', () => [0.5, NaN, -Infinity]],
  ['buffers as bytea[]', 'bytea[]', () => [Buffer.from('ab'), Buffer.alloc(0)]],
  ['objects as jsonb[]', 'jsonb[]', () => [{ a: '"\\é' }, { b: [1] }]],
  ['an object as json', 'json', () => ({ a: { b: [1, 'x\u2028'] } })],
  ['a string as jsonb', 'jsonb', () => '"text"'],
  ['JSON.stringify of an array as jsonb', 'jsonb', () => JSON.stringify([1, 'a'])],
  ['an array as jsonb, which is an error', 'jsonb', () => [1, 'a']],
  ['a string as uuid', 'uuid', () => 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'],
  ['a wrong uuid', 'uuid', () => 'nope'],
  ['a number out of range', 'int2', () => 70000],
  ['a float as int4, which is an error', 'int4', () => 1.5],
  ['a ragged array, which is an error', 'int[]', () => [[1, 2], [3]]],
  ['a string with NUL, which is an error', 'text', () => 'a\0b'],
]

parity.each(casts)(
  ([title]) => `PV: cast parameter ${title}`,
  async ({ sharedClient, outcome }, [, cast, make]) => {
    const client = await sharedClient()
    return outcome(client.query(`select $1::${cast} as v`, [make()]))
  }
)

const thrown = [
  ['toPostgres throws', (error) => ({ toPostgres: () => { throw error } })], // prettier-ignore
  ['toJSON throws', (error) => ({ toJSON: () => { throw error } })], // prettier-ignore
  ['toString throws', (error) => Object.assign(() => {}, { toString: () => { throw error } })], // prettier-ignore
  ['a getter throws', (error) => ({ get a() { throw error } })], // prettier-ignore
  ['an element of an array throws', (error) => [{ toJSON: () => { throw error } }]], // prettier-ignore
]

parity.each(thrown)(
  ([what]) => `an error that ${what} is delivered as the same object`,
  async ({ connect, outcome }, [, make]) => {
    const client = await connect()
    const error = new RangeError('of the user')
    const { rejected } = await outcome(async () => client.query('select $1', [make(error)]))
    return [rejected === error, rejected, (await client.query('select $1::int as n', [1])).rows]
  }
)

parity.each(thrown)(
  ([what]) => `pool.query: an error that ${what} is delivered as the same object`,
  async ({ newPool, outcome }, [, make]) => {
    const pool = newPool({ max: 1 })
    const error = new RangeError('of the user')
    const { rejected } = await outcome(async () => pool.query('select $1', [make(error)]))
    return [rejected === error, rejected, (await pool.query('select $1::int as n', [1])).rows]
  }
)

const impossible = [
  ['a bigint in an object', () => [{ n: 1n }]],
  ['a circular object', () => { const o = {}; o.o = o; return [o] }], // prettier-ignore
  ['a circular toPostgres', () => [circular()]],
  ['an element whose toPostgres gives null', () => [[withPostgres(null)]]],
  ['an element whose toJSON gives undefined', () => [[withJson(undefined)]]],
]

parity.each(impossible)(
  ([what]) => `${what} is refused by name, and the client goes on`,
  async ({ connect, outcome }, [, make]) => {
    const client = await connect()
    const { rejected } = await outcome(async () => client.query('select $1::text', make()))
    return [
      rejected.constructor.name,
      rejected.message,
      (await client.query('select $1::int as n', [1])).rows,
    ]
  }
)

parity('user code in parameters runs in order, once, at the call', async ({ connect, log }) => {
  const client = await connect()
  const value = (name) => ({ toPostgres: () => (log(`toPostgres ${name}`), name) })
  const query = client.query('select $1::text as a, $2::text as b', [value('a'), value('b')])
  log('after the call')
  log('rows', (await query).rows)
})

parity('parameters of a queued query are read when it is sent', async ({ connect }) => {
  const client = await connect()
  const values = ['before']
  const first = client.query('select 1')
  const second = client.query('select $1::text as v', values)
  values[0] = 'after'
  await first
  return (await second).rows
})

parity('a frozen array of parameters is not written to', async ({ sharedClient }) => {
  const client = await sharedClient()
  const values = Object.freeze([Object.freeze({ a: 1 }), Object.freeze([1])])
  return [(await client.query('select $1::jsonb as j, $2::int[] as a', values)).rows, values]
})

parity('utils.prepareValue gives what goes on the wire', async ({ pg, attempt }) =>
  values.map(([title, make]) => [title, attempt(() => pg.utils.prepareValue(make()))])
)

parity('utils.prepareValue takes one argument', async ({ pg }) => [
  [{ toPostgres: () => 'a' }, [1], null].map(pg.utils.prepareValue),
  pg.utils.prepareValue.length,
])
