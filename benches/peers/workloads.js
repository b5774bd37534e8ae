'use strict'

const assert = require('node:assert')
const { SCHEMA, TABLES } = require('./tables')

const POINT = `select id, name, email from ${SCHEMA}.points where id = $1`

// How each backend's connection is encrypted, as the server itself sees it.
const ENCRYPTION = `select version || ' ' || cipher as encryption from pg_stat_ssl where pid = pg_backend_pid() and ssl`

// callers: loops that each await one query at a time; connections: the pool's `max`.
// The results of 100 rows are asked for by 10 callers, as a busy web server does, and once more by one.
const WORKLOADS = [
  point('point-sequential', 'point select, 1 caller, 1 connection', 1, 1),
  point('point-10', 'point select, 10 callers, 10 connections', 10, 10),
  point('point-100', 'point select, 100 callers, 10 connections', 100, 10),
  { ...point('point-10-unnamed', 'as point-10, without statement names', 10, 10), statement: undefined },
  whole('rows-100', '100 rows x 10 columns, 10 callers, 10 connections', 'hundred', 10),
  whole('rows-100-sequential', '100 rows x 10 columns, 1 caller, 1 connection', 'hundred', 1),
  {
    ...whole('rows-100-array', "as rows-100, rowMode 'array', getTypeParser per query", 'hundred', 10),
    customParsers: true,
  },
  whole('rows-100k', '100,000 rows x 10 mixed columns, 1 caller', 'mixed', 1),
  whole('rows-200k', '200,000 rows x 6 plain columns, 1 caller', 'plain', 1),
  { ...point('point-10-tls', 'as point-10, over TLS', 10, 10), tls: true },
  { ...whole('rows-100k-tls', 'as rows-100k, over TLS', 'mixed', 1), tls: true },
  storm('storm-50-tls', '50 connections opened at once, TLS and SCRAM; a query is a connect', 50),
]

function point(name, title, callers, connections) {
  let id = 0
  const nextValues = () => [(id = (id % TABLES.points.rows) + 1)]
  return {
    name,
    title,
    table: 'points',
    text: POINT,
    statement: 'point',
    callers,
    connections,
    rows: 1,
    nextValues,
  }
}

function whole(name, title, table, callers) {
  const { rows } = TABLES[table]
  const text = `select * from ${SCHEMA}.${table}`
  const nextValues = () => []
  return { name, title, table, text, statement: table, callers, connections: callers, rows, nextValues }
}

function storm(name, title, connections) {
  return { name, title, text: ENCRYPTION, statement: undefined, connections, storm: true, tls: true }
}

/** The cheap check that stays on while the clock runs: an answer that is not to this question is no speed. */
function accept(workload, values, rows) {
  const first = workload.table === 'points' && rows[0].id !== values[0]
  if (rows.length !== workload.rows || first) {
    throw new Error(`wrong answer: ${rows.length} rows for ${workload.text} with ${JSON.stringify(values)}`)
  }
}

/**
 * The whole check, before the clock runs: every id once, and three rows value by value. It holds on to nothing per
 * row, because the process's peak memory is one of the figures.
 */
function verify(workload, values, rows) {
  accept(workload, values, rows)
  const { rows: last, table, customParsers } = workload
  const wanted = table === 'points' ? values : [1, Math.ceil(last / 2), last]
  const idOf = customParsers ? (row) => row[0] : (row) => row.id
  const seen = new Set()
  for (const row of rows) {
    assert.strictEqual(Array.isArray(row), customParsers === true, 'the form of the rows')
    seen.add(idOf(row))
  }
  assert.strictEqual(seen.size, last, 'some ids came twice')
  for (const id of wanted) {
    const row = Object.values(rows.find((candidate) => idOf(candidate) === id))
    const right = TABLES[table].row(id)
    const [actual, expected] = customParsers ? [row.map(namedText), right.map(unparsed)] : [row, right]
    assert.deepStrictEqual(actual, expected, `row ${id} of ${table}`)
  }
}

// Where the custom parsers leave text, the text's form is the server's matter (time zone, order of keys): compare
// what it means, and that it was text.
function namedText(value) {
  if (typeof value !== 'string') return value
  if (/^\d{4}-\d\d-\d\d \d\d:/.test(value)) return { timestampText: new Date(value).getTime() }
  return value.startsWith('{') ? { jsonText: JSON.parse(value) } : value
}

function unparsed(value) {
  if (value instanceof Date) return { timestampText: value.getTime() }
  return value?.constructor === Object ? { jsonText: value } : value
}

module.exports = { ENCRYPTION, WORKLOADS, accept, verify }
