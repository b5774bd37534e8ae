'use strict'

// Row builders: functions made for one shape that read a batch and append its rows.
//
// A batch `b` has the cursors `ints`/`i`, `nums`/`n`, `text`/`t` and `json` (an array), and `count` rows. How each
// kind is laid out is told by src/wire/packer.rs.

const { KIND } = require('./kinds')

// Beyond this many columns an interpreting loop is about as fast, and compiling costs more than it saves.
const WIDEST = 256

let mayGenerate = true
try {
  new Function('')
} catch {
  // --disallow-code-generation-from-strings, or a policy of the embedder.
  mayGenerate = false
}

const textExpression = (i, identity) =>
  identity ? 'text.substring(t, (t += l))' : `parsers[${i}](text.substring(t, (t += l)))`

// A date's parts, or -1 for NULL, or -2 and a text for the parser.
const dateStatement = (i, identity, parts) => `
    l = ints[p++]
    if (l >= 0) { c${i} = new Date(l, ints[p] - 1, ${parts}); p += ${parts.split(',').length + 1} }
    else if (l === -1) c${i} = null
    else { l = ints[p++]; c${i} = ${textExpression(i, identity)} }`

// A number; behind a NaN stands what it means: -1 NULL, 0 NaN, -2 a text for the parser.
const numberStatement = (i, identity, value) => `
    v = nums[n++]
    if (v === v) c${i} = ${value}
    else {
      l = ints[p++]
      if (l === -1) c${i} = null
      else if (l === 0) c${i} = NaN
      else { l = ints[p++]; c${i} = ${textExpression(i, identity)} }
    }`

function columnStatement(kind, i, identity) {
  switch (kind) {
    case KIND.INT:
    case KIND.FLOAT:
      return numberStatement(i, identity, 'v')
    case KIND.BOOL:
      return `l = ints[p++]; c${i} = l < 0 ? null : l === 1`
    case KIND.JSON:
      return `c${i} = json[j++]`
    case KIND.INT_ARRAY:
    case KIND.FLOAT_ARRAY:
    case KIND.TEXT_ARRAY:
    case KIND.BOOL_ARRAY:
      // A string is an array that JSON cannot say.
      return `v = json[j++]; c${i} = typeof v === 'string' ? parsers[${i}](v) : v`
    case KIND.TIMESTAMPTZ:
      return numberStatement(i, identity, 'new Date(v)')
    case KIND.TIMESTAMP:
      return dateStatement(i, identity, 'ints[p + 1], ints[p + 2], ints[p + 3], ints[p + 4], ints[p + 5]')
    case KIND.DATE:
      return dateStatement(i, identity, 'ints[p + 1]')
    case KIND.BYTES:
      return `l = ints[p++]; c${i} = l < 0 ? null : parsers[${i}](Buffer.from(text.substring(t, (t += l)), 'latin1'))`
    default:
      return `l = ints[p++]; c${i} = l < 0 ? null : ${textExpression(i, identity)}`
  }
}

// Of columns with one name the last one wins, at the place of the first (R-4). Computed keys make `__proto__` an
// ordinary property.
function rowExpression(columns, asArray) {
  if (asArray) return `[${columns.map((_, i) => `c${i}`).join(', ')}]`
  const last = new Map()
  columns.forEach(({ name }, i) => last.set(name, i))
  const properties = Array.from(last, ([name, i]) => `[${JSON.stringify(name)}]: c${i}`)
  return `{ ${properties.join(', ')} }`
}

function generate(columns, kinds, identities, asArray) {
  const variables = columns.map((_, i) => `c${i}`)
  const body = `'use strict'
  const { ints, nums, text, json, count } = b
  let p = b.i, n = b.n, t = b.t, j = 0, l = 0, v
  ${variables.length > 0 ? `let ${variables.join(', ')}` : ''}
  for (let r = 0; r < count; r++) {
    ${kinds.map((kind, i) => columnStatement(kind, i, identities[i])).join('\n    ')}
    rows.push(${rowExpression(columns, asArray)})
  }`
  return new Function('Buffer', `return function build(b, parsers, rows) {${body}}`)(Buffer)
}

/** The same without generated code: for the widest tables, and where code generation is forbidden. */
function interpret(columns, kinds, asArray) {
  const template = {}
  for (const { name } of columns) {
    Object.defineProperty(template, name, {
      value: null,
      writable: true,
      enumerable: true,
      configurable: true,
    })
  }
  return function build(b, parsers, rows) {
    const at = { p: b.i, n: b.n, t: b.t, j: 0 }
    for (let r = 0; r < b.count; r++) {
      const row = asArray ? new Array(columns.length) : { ...template }
      for (let i = 0; i < columns.length; i++) {
        row[asArray ? i : columns[i].name] = readValue(b, at, kinds[i], parsers[i])
      }
      rows.push(row)
    }
  }
}

function readValue(b, at, kind, parser) {
  switch (kind) {
    case KIND.INT:
    case KIND.FLOAT:
      return readNumber(b, at, parser)
    case KIND.BOOL: {
      const flag = b.ints[at.p++]
      return flag < 0 ? null : flag === 1
    }
    case KIND.JSON:
      return b.json[at.j++]
    case KIND.INT_ARRAY:
    case KIND.FLOAT_ARRAY:
    case KIND.TEXT_ARRAY:
    case KIND.BOOL_ARRAY: {
      const list = b.json[at.j++]
      return typeof list === 'string' ? parser(list) : list
    }
    case KIND.TIMESTAMPTZ: {
      const millis = readNumber(b, at, parser)
      return typeof millis === 'number' && Number.isFinite(millis) ? new Date(millis) : millis
    }
    case KIND.TIMESTAMP:
      return readDate(b, at, parser, 6)
    case KIND.DATE:
      return readDate(b, at, parser, 2)
    case KIND.BYTES:
      return readText(b, at, (text) => parser(Buffer.from(text, 'latin1')))
    default:
      return readText(b, at, parser)
  }
}

function readNumber(b, at, parser) {
  const number = b.nums[at.n++]
  if (!Number.isNaN(number)) return number
  const meaning = b.ints[at.p++]
  if (meaning === -1) return null
  return meaning === 0 ? number : readText(b, at, parser)
}

function readDate(b, at, parser, parts) {
  const year = b.ints[at.p++]
  if (year === -1) return null
  if (year < 0) return readText(b, at, parser)
  const rest = b.ints.slice(at.p, at.p + parts)
  at.p += parts
  return new Date(year, rest[0] - 1, ...rest.slice(1))
}

function readText(b, at, parser) {
  const length = b.ints[at.p++]
  if (length < 0) return null
  const text = b.text.substring(at.t, at.t + length)
  at.t += length
  return parser(text)
}

/**
 * A function `(batch, parsers, rows)` that appends the batch's rows.
 *
 * @param {{ name: string }[]} columns
 * @param {number[]} kinds
 * @param {boolean[]} identities columns whose parser gives its text back
 * @param {boolean} asArray rows are arrays, not objects
 */
function rowBuilder(columns, kinds, identities, asArray) {
  if (!mayGenerate || columns.length > WIDEST) return interpret(columns, kinds, asArray)
  return generate(columns, kinds, identities, asArray)
}

module.exports = { rowBuilder, interpret, generate }
