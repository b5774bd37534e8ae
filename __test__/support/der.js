'use strict'

/** As much of DER (X.690) as an X.509 certificate needs; each function gives the encoded element as a Buffer. */

function element(tag, ...contents) {
  const body = Buffer.concat(contents)
  const { length } = body
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), body])
  const bytes = length < 0x100 ? [length] : [length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, 0x80 | bytes.length, ...bytes]), body])
}

const sequence = (...items) => element(0x30, ...items)
const set = (...items) => element(0x31, ...items)
const utf8 = (text) => element(0x0c, Buffer.from(text))
const octets = (...contents) => element(0x04, ...contents)
const bits = (bytes, unused = 0) => element(0x03, Buffer.from([unused]), bytes)
const boolean = (value) => element(0x01, Buffer.from([value ? 0xff : 0]))
const nothing = () => element(0x05)
/** A context-specific tag: `explicit` wraps whole elements, `implicit` replaces the tag of a primitive one. */
const explicit = (number, ...items) => element(0xa0 | number, ...items)
const implicit = (number, bytes) => element(0x80 | number, bytes)

/** An unsigned integer from big-endian bytes: a leading zero keeps a set top bit from meaning "negative". */
function integer(bytes) {
  const buffer = Buffer.from(bytes)
  return element(0x02, buffer[0] & 0x80 ? Buffer.concat([Buffer.from([0]), buffer]) : buffer)
}

function oid(dotted) {
  const [first, second, ...rest] = dotted.split('.').map(Number)
  const bytes = [first * 40 + second]
  for (const arc of rest) {
    const septets = [arc & 0x7f]
    for (let high = arc >>> 7; high; high >>>= 7) septets.unshift((high & 0x7f) | 0x80)
    bytes.push(...septets)
  }
  return element(0x06, Buffer.from(bytes))
}

/** GeneralizedTime would do for all years, but X.509 wants UTCTime before 2050. */
function time(date) {
  const text = date.toISOString().replace(/[-:T]|\.\d+/g, '')
  return date.getUTCFullYear() < 2050
    ? element(0x17, Buffer.from(text.slice(2)))
    : element(0x18, Buffer.from(text))
}

function pem(label, der) {
  const lines = der.toString('base64').match(/.{1,64}/g)
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

module.exports = {
  ...{ sequence, set, utf8, octets, bits, boolean, nothing },
  ...{ explicit, implicit, integer, oid, time, pem },
}
