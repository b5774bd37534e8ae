'use strict'

// The tables that the workloads read. Every value is a plain function of the row's id, so that a child can
// tell right data from wrong without asking another driver.

const SCHEMA = 'oxpg_bench'
const POINTS = 10_000

const MIXED_COLUMNS = `
  id int4, label text, amount numeric(12, 2), total int8, active bool, created_at timestamptz,
  ratio float8, tags text[], details jsonb, note text`

const MIXED_VALUES = `
  i, 'label ' || i, i + 0.25, i::int8 * 1000000007, i % 2 = 0,
  timestamptz '2024-01-01 00:00:00+00' + i * interval '1 second', i / 8.0,
  array['red', 'tag ' || i % 10], jsonb_build_object('id', i, 'name', 'name ' || i, 'on', true),
  'a note of ordinary length, number ' || i`

function mixedRow(i) {
  return [
    i,
    `label ${i}`,
    `${i}.25`,
    String(i * 1000000007),
    i % 2 === 0,
    new Date(Date.UTC(2024, 0, 1) + i * 1000),
    i / 8,
    ['red', `tag ${i % 10}`],
    { id: i, name: `name ${i}`, on: true },
    `a note of ordinary length, number ${i}`,
  ]
}

const TABLES = {
  points: {
    columns: 'id int4 primary key, name text, email text',
    values: "i, 'name ' || i, 'user' || i || '@example.org'",
    rows: POINTS,
    row: (i) => [i, `name ${i}`, `user${i}@example.org`],
  },
  hundred: { columns: MIXED_COLUMNS, values: MIXED_VALUES, rows: 100, row: mixedRow },
  mixed: { columns: MIXED_COLUMNS, values: MIXED_VALUES, rows: 100_000, row: mixedRow },
  plain: {
    columns: 'id int4, name text, amount int4, city text, ratio float8, active bool',
    values: "i, 'name ' || i, i * 3, 'city ' || i % 1000, i / 8.0, i % 2 = 0",
    rows: 200_000,
    row: (i) => [i, `name ${i}`, i * 3, `city ${i % 1000}`, i / 8, i % 2 === 0],
  },
}

/** Creates and fills the tables of the given names in a schema of their own. */
async function createTables(client, names) {
  await dropTables(client)
  await client.query(`create schema ${SCHEMA}`)
  for (const name of names) {
    const { columns, values, rows } = TABLES[name]
    await client.query(`create table ${SCHEMA}.${name} (${columns})`)
    await client.query(`insert into ${SCHEMA}.${name} select ${values} from generate_series(1, ${rows}) as i`)
    // Hint bits and statistics are written now, not by the first driver that happens to read the table.
    await client.query(`vacuum analyze ${SCHEMA}.${name}`)
  }
}

async function dropTables(client) {
  await client.query(`drop schema if exists ${SCHEMA} cascade`)
}

module.exports = { SCHEMA, TABLES, createTables, dropTables }
