'use strict'

// How a JavaScript value becomes the wire form of a query parameter (catalogue 2.13).

const { deprecate } = require('util')
const { isDate } = require('util/types')
const defaults = require('./defaults')

const warnInvalidDate = deprecate(
  () => {},
  'Sending an invalid date to Postgres is deprecated and will throw an error in the next major version of pg. ' +
    'Ensure any Date object passed as a query parameter is valid.',
  'PG_INVALID_DATE'
)

const pad = (number, width) => String(number).padStart(width, '0')

// The server reads text in the session's time zone, so the client spells its own zone's fields with the offset.
function dateText(date) {
  const utc = defaults.parseInputDatesAsUTC // D-2: read at every serialisation
  const get = (field) => (utc ? date['getUTC' + field]() : date['get' + field]())

  let year = get('FullYear')
  const beforeChrist = year < 1
  if (beforeChrist) year = 1 - year // astronomical year 0 is 1 BC

  const day = `${pad(year, 4)}-${pad(get('Month') + 1, 2)}-${pad(get('Date'), 2)}`
  const time = `${pad(get('Hours'), 2)}:${pad(get('Minutes'), 2)}:${pad(get('Seconds'), 2)}.${pad(get('Milliseconds'), 3)}`
  const zone = utc ? '+00:00' : offsetText(-date.getTimezoneOffset())
  return `${day}T${time}${zone}${beforeChrist ? ' BC' : ''}`
}

function offsetText(minutesEast) {
  const sign = minutesEast < 0 ? '-' : '+'
  const minutes = Math.abs(minutesEast)
  return `${sign}${pad(Math.floor(minutes / 60), 2)}:${pad(minutes % 60, 2)}`
}

const bytesOf = (view) => Buffer.from(view.buffer, view.byteOffset, view.byteLength)

// Elements are always quoted, also numbers: the server casts them, and the word NULL stays a word.
const quoteElement = (text) => `"${text.replace(/\\/g, '\\\\').replace(/"/g, '\\"')}"`

function elementText(item) {
  if (item == null) return 'NULL'
  if (Array.isArray(item)) return arrayText(item)
  if (ArrayBuffer.isView(item)) {
    return '\\\\x' + (item instanceof Buffer ? item : bytesOf(item)).toString('hex')
  }
  return quoteElement(prepareValue(item))
}

// A loop, not map(): holes are NULL, and map() would skip them.
function arrayText(items) {
  let text = ''
  for (let i = 0; i < items.length; i++) {
    text += (i > 0 ? ',' : '') + elementText(items[i])
  }
  return `{${text}}`
}

// An object says itself what it is on the wire (`toPostgres`), else it is JSON.
function objectText(value, seen = []) {
  if (typeof value.toPostgres !== 'function') return JSON.stringify(value)
  if (seen.includes(value)) {
    throw new Error('circular reference detected while preparing "' + value + '" for query')
  }
  seen.push(value)
  return prepareValue(value.toPostgres(prepareValue), seen)
}

/**
 * The wire form of one parameter: `null`, a string, or a Buffer that travels in binary format.
 *
 * @param {unknown} value what the application passed
 * @param {object[]} [seen] the objects whose `toPostgres` led here, to detect cycles
 * @returns {string | Buffer | null}
 */
function prepareValue(value, seen) {
  if (typeof value === 'string') return value
  if (value == null) return null
  if (typeof value !== 'object') return value.toString()
  if (value instanceof Buffer) return value
  if (ArrayBuffer.isView(value)) return bytesOf(value)
  if (isDate(value)) {
    if (isNaN(value.getTime())) warnInvalidDate()
    return dateText(value)
  }
  if (Array.isArray(value)) return arrayText(value)
  return objectText(value, seen)
}

module.exports = { prepareValue }
