'use strict'

/** Messages as a PostgreSQL backend frames them, for fake-server.js. Each function gives the bytes of one message. */

function frame(type, ...parts) {
  const body = Buffer.concat(parts)
  const head = Buffer.alloc(5)
  head.write(type, 'latin1')
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

const int16 = (value) => Buffer.from([(value >> 8) & 0xff, value & 0xff])
function int32(value) {
  const buffer = Buffer.alloc(4)
  buffer.writeInt32BE(value | 0)
  return buffer
}
const cstring = (text) => Buffer.from(`${text}\0`)

const authentication = (code, ...rest) => frame('R', int32(code), ...rest)
const authenticationOk = () => authentication(0)
const authenticationCleartextPassword = () => authentication(3)
const authenticationMD5Password = (salt) => authentication(5, salt)
const authenticationSASL = (mechanisms) => authentication(10, ...mechanisms.map(cstring), Buffer.from([0]))
const authenticationSASLContinue = (text) => authentication(11, Buffer.from(text))
const authenticationSASLFinal = (text) => authentication(12, Buffer.from(text))

const parameterStatus = (name, value) => frame('S', cstring(name), cstring(value))
const backendKeyData = (processID, secretKey) => frame('K', int32(processID), int32(secretKey))
const readyForQuery = (status = 'I') => frame('Z', Buffer.from(status))

/** Columns are names, or objects with `name` and what differs from a text column. */
function rowDescription(columns) {
  const fields = columns.map((column) => {
    const field = { tableID: 0, columnID: 0, dataTypeID: 25, size: -1, modifier: -1, format: 0 }
    const f = Object.assign(field, typeof column === 'string' ? { name: column } : column)
    const tail = [int32(f.dataTypeID), int16(f.size), int32(f.modifier), int16(f.format)]
    return Buffer.concat([cstring(f.name), int32(f.tableID), int16(f.columnID), ...tail])
  })
  return frame('T', int16(columns.length), ...fields)
}

/** Values are strings, Buffers or null. */
function dataRow(values) {
  const cells = values.map((value) => {
    if (value === null) return int32(-1)
    const bytes = Buffer.from(value)
    return Buffer.concat([int32(bytes.length), bytes])
  })
  return frame('D', int16(values.length), ...cells)
}

const commandComplete = (tag) => frame('C', cstring(tag))
const emptyQuery = () => frame('I')
const parseComplete = () => frame('1')
const bindComplete = () => frame('2')
const closeComplete = () => frame('3')
const noData = () => frame('n')
const portalSuspended = () => frame('s')
const parameterDescription = (oids) => frame('t', int16(oids.length), ...oids.map(int32))

/** Fields by their letter, e.g. `{ S: 'FATAL', C: '57P01', M: 'terminating' }`. */
function fieldsOf(fields) {
  const parts = Object.entries(fields).map(([letter, text]) =>
    Buffer.concat([Buffer.from(letter), cstring(text)])
  )
  return [...parts, Buffer.from([0])]
}
const errorResponse = (fields) => frame('E', ...fieldsOf({ S: 'ERROR', V: 'ERROR', C: 'XX000', ...fields }))
const notice = (fields) => frame('N', ...fieldsOf({ S: 'NOTICE', V: 'NOTICE', C: '00000', ...fields }))
const notification = (processID, channel, payload) =>
  frame('A', int32(processID), cstring(channel), cstring(payload))

const copyFormats = (columns) => [Buffer.from([0]), int16(columns), ...Array(columns).fill(int16(0))]
const copyInResponse = (columns = 1) => frame('G', ...copyFormats(columns))
const copyOutResponse = (columns = 1) => frame('H', ...copyFormats(columns))
const copyData = (chunk) => frame('d', Buffer.from(chunk))
const copyDone = () => frame('c')
const negotiateProtocolVersion = (minor, options = []) =>
  frame('v', int32(minor), int32(options.length), ...options.map(cstring))

/** All that a server says from a right password to the first ReadyForQuery. */
function welcome({ processID = 4711, secretKey = 815, parameters = {} } = {}) {
  const known = {
    server_version: '18.0',
    client_encoding: 'UTF8',
    standard_conforming_strings: 'on',
    ...parameters,
  }
  const statuses = Object.entries(known).map(([name, value]) => parameterStatus(name, value))
  return Buffer.concat([
    authenticationOk(),
    ...statuses,
    backendKeyData(processID, secretKey),
    readyForQuery(),
  ])
}

/** A whole answer to one simple query. */
function answer(columns, rows, tag = `SELECT ${rows.length}`) {
  return Buffer.concat([rowDescription(columns), ...rows.map(dataRow), commandComplete(tag), readyForQuery()])
}

module.exports = {
  ...{ frame, int16, int32, cstring, welcome, answer },
  ...{ authentication, authenticationOk, authenticationCleartextPassword, authenticationMD5Password },
  ...{ authenticationSASL, authenticationSASLContinue, authenticationSASLFinal },
  ...{ parameterStatus, backendKeyData, readyForQuery, negotiateProtocolVersion },
  ...{ rowDescription, dataRow, commandComplete, emptyQuery, parseComplete, bindComplete, closeComplete },
  ...{ noData, portalSuspended, parameterDescription, errorResponse, notice, notification },
  ...{ copyInResponse, copyOutResponse, copyData, copyDone },
}
