'use strict'

const path = require('node:path')
const { createRequire } = require('node:module')

const ROOT = path.join(__dirname, '..', '..')

// `pg` and `postgres` come from the root's devDependencies. pg's `native` getter requires 'pg-native' from where pg
// itself lies, so pg-native is measured through the second pg, of the same version, that lies beside it here.
const fromRoot = createRequire(path.join(ROOT, 'package.json'))
const fromHere = createRequire(path.join(__dirname, 'package.json'))

const DRIVERS = {
  oxpg: {
    load: () => require(ROOT),
    open: (oxpg, config, workload) => openPool(oxpg, config, workload),
  },
  pg: {
    load: () => fromRoot('pg'),
    open: (pg, config, workload) => openPool(pg, config, workload),
  },
  'pg-native': {
    load: loadNative,
    // pg's native queries ignore `types` in the query's config: the parsers are given to the pool instead.
    open: (pg, config, workload) =>
      openPool(pg, workload.customParsers ? { ...config, types: customTypes(pg.types) } : config, workload),
    // libpq wants a file, and verifies nothing unless it is told to.
    ssl: ({ file }) => ({ sslmode: 'verify-full', sslrootcert: file }),
  },
  postgres: {
    load: () => fromRoot('postgres'),
    open: openPostgresJs,
  },
}

function loadNative() {
  // Asked for first, because pg turns a missing pg-native into `null` without a reason.
  fromHere('pg-native')
  return fromHere('pg').native
}

/** A driver's config for a workload: with full verification of the server's certificate if it is to be encrypted. */
function configFor(driver, { config, authority }, workload) {
  if (!workload.tls) return config
  return { ...config, ssl: driver.ssl?.(authority) ?? { ca: authority.cert } }
}

// date, timestamp, timestamptz, interval stay text as in Drizzle, json, jsonb and numeric as in Prisma.
const AS_TEXT = [1082, 1114, 1184, 1186, 114, 3802, 1700]
const identity = (text) => text

function customTypes(types) {
  return {
    getTypeParser: (oid, format) => (AS_TEXT.includes(oid) ? identity : types.getTypeParser(oid, format)),
  }
}

/** Everything with node-postgres's interface. */
function openPool(pg, config, workload) {
  const pool = new pg.Pool({ ...config, max: workload.connections })
  const { statement: name, text } = workload
  const ask = workload.customParsers
    ? // A fresh config and a fresh getTypeParser per query, values apart: the way Drizzle calls.
      (values) => pool.query({ name, text, rowMode: 'array', types: customTypes(pg.types) }, values)
    : (values) => pool.query(name === undefined ? { text, values } : { name, text, values })
  return {
    ask,
    rowsOf: (result) => result.rows,
    rowsOfText: async (sql) => (await pool.query(sql)).rows,
    checkOut: () => pool.connect(),
    end: () => pool.end(),
  }
}

function openPostgresJs(postgres, config, workload) {
  const sql = postgres({
    ...config,
    max: workload.connections,
    prepare: workload.statement !== undefined,
    // postgres.js has parsers per client only.
    types: workload.customParsers
      ? { text: { to: 25, from: AS_TEXT, serialize: identity, parse: identity } }
      : undefined,
    onnotice() {},
  })
  // What a tagged template hands over: one constant array of strings per place in the source.
  const strings = workload.text.split(/\$\d+/)
  strings.raw = strings
  const ask = workload.customParsers
    ? (values) => sql(strings, ...values).values()
    : (values) => sql(strings, ...values)
  return {
    ask,
    rowsOf: (result) => result,
    rowsOfText: (text) => sql.unsafe(text),
    checkOut: () => sql.reserve(),
    end: () => sql.end(),
  }
}

module.exports = { DRIVERS, configFor }
