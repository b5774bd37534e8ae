'use strict'

// Catalogue 3.2 to 3.4: what every type becomes by default, one value at a time, as whole columns with nulls between,
// in both row modes and over both protocols.

const { parity } = require('./harness')
const { useSchema } = require('./schema')
const { scalars, arrays, schema } = require('./type-values')

useSchema('parity_types', schema)

const table = [...Object.entries(scalars), ...Object.entries(arrays)]

const single = table.flatMap(([type, literals]) =>
  literals.map((literal) => ({
    type,
    literal,
    shown: literal.length > 60 ? `${literal.slice(0, 60)}…` : literal,
  }))
)

parity.each(single)(
  ({ type, shown }) => `TV: ${type} reads ${JSON.stringify(shown)}`,
  async ({ sharedClient }, { type, literal }) => {
    const client = await sharedClient()
    const result = await client.query(`select ${client.escapeLiteral(literal)}::text::${type} as v`)
    return [result.rows, result.fields]
  }
)

// A column with a null before, between and after its values.
const column = (client, type, literals) =>
  ['null', ...literals.flatMap((literal) => [client.escapeLiteral(literal), 'null'])]
    .map((literal, i) => `(${i}, ${literal}::text::${type})`)
    .join(', ')

const shapes = [
  ['rows of objects', {}],
  ['rows of arrays', { rowMode: 'array' }],
  ['the extended protocol', { queryMode: 'extended' }],
]

for (const [shape, config] of shapes) {
  parity.each(table)(
    ([type]) => `TV: a column of ${type} with nulls, as ${shape}`,
    async ({ sharedClient }, [type, literals]) => {
      const client = await sharedClient()
      const text = `select v, i, v as again from (values ${column(client, type, literals)}) as t(i, v) order by i`
      return (await client.query({ text, ...config })).rows
    }
  )
}

parity('every type at once, many times', async ({ sharedClient }) => {
  const client = await sharedClient()
  const columns = table.map(
    ([type, literals], i) => `${client.escapeLiteral(literals[0])}::text::${type} as c${i}`
  )
  return client.query(`select ${columns.join(', ')} from generate_series(1, 20)`)
})

parity('timestamps follow the time zone of the session, not of the result', async ({ connect }) => {
  const client = await connect()
  const seen = []
  for (const zone of ['UTC', 'Asia/Kathmandu', 'America/New_York']) {
    await client.query(`set timezone = '${zone}'`)
    seen.push(
      (
        await client.query(
          "select '2024-06-15 12:00:00.5+00'::timestamptz as z, '2024-06-15 12:00'::timestamp as t"
        )
      ).rows
    )
  }
  return seen
})

parity.each(['iso, mdy', 'iso, dmy', 'postgres, mdy', 'sql, dmy', 'german'])(
  (style) => `dates in DateStyle ${style}`,
  async ({ connect }, style) => {
    const client = await connect()
    await client.query(`set datestyle = '${style}'`)
    const columns =
      "'2024-02-13'::date as d, '2024-02-13 10:11:12.5'::timestamp as t, '2024-02-13 10:11:12+00'::timestamptz as z, array['2024-02-13'::date] as da"
    return (await client.query(`select ${columns}`)).rows
  }
)

parity.each(['postgres', 'postgres_verbose', 'sql_standard', 'iso_8601'])(
  (style) => `intervals in IntervalStyle ${style}`,
  async ({ connect }, style) => {
    const client = await connect()
    await client.query(`set intervalstyle = '${style}'`)
    return (
      await client.query(
        "select '1 year 2 days 03:04:05.678'::interval as a, '-1 day'::interval as b, '0'::interval as c"
      )
    ).rows
  }
)

parity.each(['hex', 'escape'])(
  (format) => `bytea in bytea_output ${format}`,
  async ({ connect }, format) => {
    const client = await connect()
    await client.query(`set bytea_output = '${format}'`)
    const all =
      "(select decode(string_agg(lpad(to_hex(i), 2, '0'), ''), 'hex') from generate_series(0, 255) i)"
    return (
      await client.query(
        `select ${all} as every_byte, '\\x5c5c'::bytea as backslashes, ''::bytea as empty, array['\\x00ff'::bytea] as list`
      )
    ).rows
  }
)

parity.each([-15, 0, 1, 3])(
  (digits) => `floats with extra_float_digits ${digits}`,
  async ({ connect }, digits) => {
    const client = await connect()
    await client.query(`set extra_float_digits = ${digits}`)
    return (
      await client.query(
        'select 0.1::float8 + 0.2::float8 as a, 0.1::float4 as b, 1e22::float8 as c, array[0.1::float8 + 0.2] as d'
      )
    ).rows
  }
)

parity('TV: an interval is a PostgresInterval that goes back as a parameter', async ({ sharedClient }) => {
  const client = await sharedClient()
  const texts = ['1 year 2 months 3 days 04:05:06.789', '0', '-1 day', '-04:05:06.789', '00:00:00.000001']
  const seen = []
  for (const text of texts) {
    const { v } = (await client.query('select $1::interval as v', [text])).rows[0]
    const back = (await client.query('select $1::interval::text as t, $2::interval[]::text as a', [v, [v]]))
      .rows[0]
    seen.push([v.constructor.name, v.toPostgres(), v.toISO(), v.toISOString(), back, JSON.stringify(v)])
  }
  return seen
})

parity('values read from the server go back as parameters', async ({ sharedClient, outcome }) => {
  const client = await sharedClient()
  const types = [
    'bool',
    'int4',
    'int8',
    'float8',
    'numeric',
    'text',
    'bytea',
    'jsonb',
    'timestamptz',
    'interval',
  ]
  const lists = [
    'text[]',
    'int4[]',
    'bool[]',
    'float8[]',
    'jsonb[]',
    'timestamptz[]',
    'interval[]',
    'bytea[]',
  ]
  const seen = []
  for (const type of [...types, ...lists]) {
    for (const literal of scalars[type] ?? arrays[type]) {
      const { v } = (await client.query(`select $1::text::${type} as v`, [literal])).rows[0]
      const { resolved, rejected } = await outcome(client.query(`select $1::${type}::text as t`, [v]))
      seen.push([type, literal, rejected ?? resolved.rows[0].t])
    }
  }
  return seen
})

parity('a whole catalog table', async ({ sharedClient }) => {
  const client = await sharedClient()
  return client.query(
    "select * from pg_type where typnamespace = 'pg_catalog'::regnamespace and oid < 5000 order by oid limit 150"
  )
})

parity('another catalog table as arrays', async ({ sharedClient }) => {
  const client = await sharedClient()
  return client.query({
    text: 'select * from pg_proc where oid < 2000 order by oid limit 300',
    rowMode: 'array',
  })
})
