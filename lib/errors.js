'use strict'

// The core reports failures and notices as data (`Error` and `ServerError` in src/error.rs); here they become the
// very objects that pg and Node would have made, in the caller's realm.

const { DatabaseError } = require('pg-protocol')
const { NoticeMessage } = require('pg-protocol/dist/messages')
const { certificateError } = require('./tls-failure')
const { hintFor } = require('./server-hints')

// Property and field code in pg-protocol's order (2.18). `M` is the message; `V` is not exposed.
const SERVER_FIELDS = [
  ['severity', 'S'],
  ['code', 'C'],
  ['detail', 'D'],
  ['hint', 'H'],
  ['position', 'P'],
  ['internalPosition', 'p'],
  ['internalQuery', 'q'],
  ['where', 'W'],
  ['schema', 's'],
  ['table', 't'],
  ['column', 'c'],
  ['dataType', 'd'],
  ['constraint', 'n'],
  ['file', 'F'],
  ['line', 'L'],
  ['routine', 'R'],
]

// Fields that the server left out are there all the same, as undefined.
function withServerFields(target, values) {
  for (const [property, code] of SERVER_FIELDS) target[property] = values.get(code)
  return target
}

function serverError({ length, fields }) {
  const values = new Map(fields)
  const error = withServerFields(new DatabaseError(values.get('M'), length, 'error'), values)
  if (error.code === '28000') error.hint ??= hintFor(error)
  return error
}

// Node's words: `connect ECONNREFUSED 127.0.0.1:5432`, `connect ENOENT /tmp/.s.PGSQL.5432`,
// `getaddrinfo ENOTFOUND db.example`, `read ECONNRESET`; and Node's order of properties.
function systemError({ code, errno, syscall, address, port, hostname }) {
  const place = address === undefined ? hostname : port === undefined ? address : `${address}:${port}`
  const error = new Error(`${syscall} ${code}${place === undefined ? '' : ' ' + place}`)
  error.errno = errno
  error.code = code
  error.syscall = syscall
  if (address !== undefined) error.address = address
  if (port !== undefined) error.port = port
  if (hostname !== undefined) error.hostname = hostname
  return error
}

// As net.connect reports several addresses that all failed: no message, the first failure's code.
function aggregateError({ errors }) {
  const error = new AggregateError(errors.map(systemError))
  error.code = error.errors[0]?.code
  // Unless the application formats stacks itself (Error.prepareStackTrace), Node's first line names the code.
  if (typeof error.stack === 'string') {
    error.stack = error.stack.replace(/^AggregateError(?=\n)/, `AggregateError [${error.code}]: `)
  }
  return error
}

function codedError({ message, code }) {
  const error = new Error(message)
  if (code != null) error.code = code
  return error
}

// The pool has words of its own for a timeout; `phase` says where the time went.
function timeoutError({ phase }) {
  const error = new Error('timeout expired')
  error.phase = phase
  return error
}

// Exceptions of the application's own functions reach the application as the same object.
const thrown = new Map()
const held = new Set()
let lastToken = 0

/**
 * Keeps what JavaScript threw while the core waits for it, and returns the token that stands for it
 * (`Error::Thrown`). The exception is let go when `toError` hands it out, or by `dropThrown`.
 *
 * @param {unknown} exception
 * @returns {number}
 */
function keepThrown(exception) {
  lastToken = (lastToken + 1) >>> 0
  thrown.set(lastToken, exception)
  return lastToken
}

/** The same for an exception that several may ask for, until `dropThrown`. */
function holdThrown(exception) {
  const token = keepThrown(exception)
  held.add(token)
  return token
}

/** Forgets an exception that no one will ask for any more. */
function dropThrown(token) {
  thrown.delete(token)
  held.delete(token)
}

// A pool may tell a failure later than its socket is gone, or nobody at all.
const MOST_LATE = 256
const late = []

/** Forgets a held exception when many more have been held, because nobody says that no one will ask. */
function dropThrownLate(token) {
  late.push(token)
  if (late.length > MOST_LATE) dropThrown(late.shift())
}

function takeThrown({ token }) {
  if (!thrown.has(token))
    return new Error('A function of the configuration failed and its error is no longer known')
  const exception = thrown.get(token)
  if (!held.has(token)) thrown.delete(token)
  return exception
}

const MAKERS = {
  server: serverError,
  io: systemError,
  aggregate: aggregateError,
  certificate: certificateError,
  tls: codedError,
  protocol: ({ message, length }) => new DatabaseError(message, length ?? 0, 'error'),
  message: codedError,
  thrown: takeThrown,
  closed: () => new Error('Connection terminated unexpectedly'),
  timeout: timeoutError,
}

/**
 * The error object for a failure that the core reported.
 *
 * @param {string | object} failure the serialised `Error` of src/error.rs, or its parsed form
 * @returns {unknown} an Error, or whatever the application's own function threw
 */
function toError(failure) {
  const data = typeof failure === 'string' ? JSON.parse(failure) : failure
  return MAKERS[data.kind](data)
}

/**
 * The object of a `notice` event: not an Error, but with the same fields.
 *
 * @param {string | { length: number, fields: [string, string][] }} notice the serialised `ServerError`
 */
function toNotice(notice) {
  const { length, fields } = typeof notice === 'string' ? JSON.parse(notice) : notice
  const values = new Map(fields)
  return withServerFields(new NoticeMessage(length, values.get('M')), values)
}

module.exports = { toError, toNotice, keepThrown, holdThrown, dropThrown, dropThrownLate }
