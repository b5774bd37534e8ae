'use strict'

// Parameter values in the form that Bind wants: each behind its big-endian length, -1 for NULL (2.13).

const { prepareValue } = require('./values')

const ROOM = 64 * 1024
const INNER_ROOM = 1024
const SHORT = 32
// The protocol counts parameters in 16 bits.
const MOST = 65535

/** Shared with the native side, which reads it during `submit` only. */
const shared = Buffer.from(new ArrayBuffer(ROOM))

/**
 * The outcome of the last `encode`: how many values and bytes, whether formats follow them, and the buffer they are
 * in if it is not the shared one. One object, reused: encoding and submitting happen in one go.
 */
const encoded = { count: 0, length: 0, formats: false, buffer: undefined }

/** Where the values go; undefined while nothing is encoded. */
let target

function grow(at, needed) {
  const larger = Buffer.allocUnsafeSlow(Math.max(target.length * 2, at + needed))
  target.copy(larger, 0, 0, at)
  target = larger
}

function writeLength(at, length) {
  target[at] = length >>> 24
  target[at + 1] = length >>> 16
  target[at + 2] = length >>> 8
  target[at + 3] = length
}

function writeText(text, at) {
  const { length } = text
  // A UTF-16 unit takes at most three bytes.
  if (at + 4 + length * 3 > target.length) grow(at, 4 + length * 3)
  if (length < SHORT) {
    let i = 0
    for (; i < length; i++) {
      const unit = text.charCodeAt(i)
      if (unit > 127) break
      target[at + 4 + i] = unit
    }
    if (i === length) {
      writeLength(at, length)
      return at + 4 + length
    }
  }
  const written = target.utf8Write(text, at + 4)
  writeLength(at, written)
  return at + 4 + written
}

function writeBytes(bytes, at) {
  if (at + 4 + bytes.length > target.length) grow(at, 4 + bytes.length)
  writeLength(at, bytes.length)
  bytes.copy(target, at + 4)
  return at + 4 + bytes.length
}

/** @throws {RangeError} if there are more values than the protocol can count */
function checkCount(count) {
  if (count <= MOST) return
  throw new RangeError(
    `A query can have at most ${MOST} parameters, and this one has ${count}. ` +
      'Pass an array (= ANY($1), unnest($1)) or split the query.'
  )
}

/**
 * Encodes the values. What user code throws on the way (`toPostgres`, `toJSON`) comes out as it is.
 *
 * @param {unknown[]} values
 * @throws {RangeError} if there are more than the protocol can count
 */
function encode(values) {
  const count = values.length
  checkCount(count)
  // A value's own code (`toPostgres`, `toJSON`) may send another query, which must not write over this one.
  const outer = target
  target = outer === undefined ? shared : Buffer.allocUnsafeSlow(INNER_ROOM)
  try {
    return fill(values, count)
  } finally {
    target = outer
  }
}

function fill(values, count) {
  let at = 0
  let formats
  for (let i = 0; i < count; i++) {
    let value = values[i]
    if (typeof value !== 'string') value = typeof value === 'number' ? '' + value : prepareValue(value)
    if (typeof value === 'string') {
      at = writeText(value, at)
    } else if (value == null) {
      if (at + 4 > target.length) grow(at, 4)
      writeLength(at, -1)
      at += 4
    } else {
      at = writeBytes(value, at)
      if (formats === undefined) formats = new Uint8Array(count)
      formats[i] = 1
    }
  }
  encoded.count = count
  encoded.length = at
  encoded.formats = formats !== undefined
  if (formats !== undefined) {
    if (at + count > target.length) grow(at, count)
    target.set(formats, at)
  }
  encoded.buffer = target === shared ? undefined : target
  return encoded
}

module.exports = { shared, encode, checkCount }
