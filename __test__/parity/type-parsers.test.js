'use strict'

// Catalogue 3.1 and 3.5, R-6 and R-7: replaceable parsers, in the global registry, per client, per query.

const { parity } = require('./harness')

const SOME =
  "select 1 as i, '2'::int8 as b, true as t, 'x' as s, '{1,2}'::int[] as a, '{\"k\":1}'::jsonb as j, null::int as n"

// Sets a global parser for the length of `work`: the registry of pg-types is one for both sides.
async function withParser(pg, oid, parser, work) {
  const original = pg.types.getTypeParser(oid)
  pg.types.setTypeParser(oid, parser)
  try {
    return await work()
  } finally {
    pg.types.setTypeParser(oid, original)
  }
}

const traced = (log, answer = (text) => `<${text}>`) => ({
  getTypeParser: (...args) => {
    log('getTypeParser', ...args)
    return (...values) => {
      log('parser', ...values)
      return answer(values[0])
    }
  },
})

parity(
  'R-6: getTypeParser is asked per column with oid and format, the parser per value',
  async ({ sharedClient, log }) => {
    const client = await sharedClient()
    log('rows', (await client.query({ text: SOME, types: traced(log) })).rows)
  }
)

parity('R-6: getTypeParser is asked once per column, not per row', async ({ sharedClient, log }) => {
  const client = await sharedClient()
  log(
    'rows',
    (await client.query({ text: 'select i, null as n from generate_series(1, 3) i', types: traced(log) }))
      .rows
  )
})

parity('R-6: getTypeParser is asked although no row comes', async ({ sharedClient, log }) => {
  const client = await sharedClient()
  log('rows', (await client.query({ text: 'select 1 as i where false', types: traced(log) })).rows)
})

parity('R-6: getTypeParser is asked for each of two results', async ({ sharedClient, log }) => {
  const client = await sharedClient()
  const results = await client.query({ text: "select 1 as i; select 'x' as s", types: traced(log) })
  log(
    'rows',
    results.map((result) => result.rows)
  )
})

parity('R-6: getTypeParser keeps its this', async ({ sharedClient }) => {
  const client = await sharedClient()
  const types = {
    prefix: '>',
    getTypeParser() {
      return (text) => this.prefix + text
    },
  }
  return (await client.query({ text: 'select 1 as i', types })).rows
})

const answers = [
  ['undefined', () => undefined],
  ['null', () => null],
  ['an object', (text) => ({ text })],
  ['a function', () => () => {}],
  ['a symbol', () => Symbol('s')],
  ['a bigint', (text) => BigInt(text)],
  ['NaN', () => NaN],
  ['a promise', () => Promise.resolve(1)],
]

parity.each(answers)(
  ([what]) => `R-6: a parser may give ${what}`,
  async ({ sharedClient }, [, answer]) => {
    const client = await sharedClient()
    const types = { getTypeParser: () => answer }
    const text = 'select i from generate_series(1, 2) i'
    return [
      (await client.query({ text, types })).rows,
      (await client.query({ text, types, rowMode: 'array' })).rows,
    ]
  }
)

parity(
  'R-6: the default parsers may be handed through a foreign getTypeParser',
  async ({ sharedClient, pg }) => {
    const client = await sharedClient()
    const types = { getTypeParser: (oid, format) => pg.types.getTypeParser(oid, format) }
    return (
      await client.query({
        text: `${SOME}, now() - now() as d, '1.5'::numeric as m, '2024-01-01'::date as day`,
        types,
      })
    ).rows
  }
)

parity('R-6: a mix of default and own parsers', async ({ sharedClient, pg }) => {
  const client = await sharedClient()
  const types = {
    getTypeParser: (oid, format) => (oid === 20 ? BigInt : pg.types.getTypeParser(oid, format)),
  }
  const rows = async (rowMode) => (await client.query({ text: SOME, types, rowMode })).rows
  return [await rows(), await rows('array')]
})

parity('O-11: a client with types of its own', async ({ connect, log }) => {
  const client = await connect({ types: traced(log) })
  log('rows', (await client.query('select 1 as i')).rows)
  log(
    'overridden',
    (await client.query({ text: 'select 2 as i', types: { getTypeParser: () => () => 'query' } })).rows
  )
})

parity('O-11: types of a pool reach its clients', async ({ newPool }) => {
  const pool = newPool({ types: { getTypeParser: () => (text) => `<${text}>` } })
  return (await pool.query('select 1 as i')).rows
})

parity('Z-2: client.setTypeParser changes the next query, and this client alone', async ({ connect }) => {
  const [one, other] = [await connect(), await connect()]
  const seen = [(await one.query(SOME)).rows]
  one.setTypeParser(23, (text) => `text ${text}`)
  one.setTypeParser(20, 'text', BigInt)
  one.setTypeParser(1007, 'binary', () => 'binary')
  seen.push((await one.query(SOME)).rows, (await other.query(SOME)).rows)
  return seen
})

parity('client.setTypeParser acts on a query that is queued but not answered', async ({ connect }) => {
  const client = await connect()
  const first = client.query('select 1 as i')
  const second = client.query('select 2 as i')
  client.setTypeParser(23, (text) => `<${text}>`)
  return [(await first).rows, (await second).rows]
})

parity('Z-2: client.getTypeParser finds what applies', async ({ connect, pg }) => {
  const client = await connect()
  const own = () => 'own'
  client.setTypeParser(23, own)
  return [
    client.getTypeParser(23) === own,
    client.getTypeParser(23, 'text') === own,
    client.getTypeParser(23, 'binary') === pg.types.getTypeParser(23, 'binary'),
    client.getTypeParser(20) === pg.types.getTypeParser(20),
    client.getTypeParser(999999)('x'),
  ]
})

parity(
  'TY-2: a global parser works at once, for clients already connected, until it is put back',
  async ({ connect, pg }) => {
    const client = await connect()
    const before = (await client.query(SOME)).rows
    const during = await withParser(
      pg,
      20,
      (text) => BigInt(text),
      async () => (await client.query(SOME)).rows
    )
    return [before, during, (await client.query(SOME)).rows]
  }
)

parity('TY-2: a global parser with a name as oid', async ({ connect, pg }) => {
  pg.types.setTypeParser('special oid', (text) => `special ${text}`)
  return [pg.types.getTypeParser('special oid', 'text')('x'), pg.types.getTypeParser('other oid')('y')]
})

parity('TY-2: a global parser reaches pools on both paths', async ({ newPool, pg }) => {
  const fast = newPool({ max: 1 })
  const watched = newPool({ max: 1 })
  watched.on('acquire', () => {})
  const rows = async () => [(await fast.query(SOME)).rows, (await watched.query(SOME)).rows]
  const before = await rows()
  const during = await withParser(pg, 3802, (text) => `json ${text}`, rows)
  return [before, during, await rows()]
})

parity.each([
  16, 17, 20, 21, 23, 26, 114, 600, 700, 701, 718, 1000, 1007, 1009, 1016, 1022, 1082, 1114, 1184, 1186, 1231,
  1700, 3802, 3807, 25, 1043,
])(
  (oid) => `TY-5: replacing the parser of ${oid} is seen`,
  async ({ sharedClient, pg }, oid) => {
    const client = await sharedClient()
    const literals = {
      16: 't',
      17: '\\x01',
      114: '{}',
      600: '(1,2)',
      718: '<(1,2),3>',
      1082: '2024-01-01',
      1114: '2024-01-01',
      1184: '2024-01-01',
      1186: '1 day',
      3802: '{}',
    }
    const list = ['1000', '1007', '1009', '1016', '1022', '1231', '3807'].includes(String(oid))
    const literal = literals[oid] ?? (list ? '{NULL}' : '1')
    const text = `select '${literal}'::${await typeName(client, oid)} as v`
    const during = await withParser(
      pg,
      oid,
      (value) => `replaced ${value}`,
      async () => (await client.query(text)).rows
    )
    return [during, (await client.query(text)).rows]
  }
)

async function typeName(client, oid) {
  return (await client.query('select format_type($1, null) as name', [oid])).rows[0].name
}

parity('D-3: defaults.parseInt8 switches int8 to numbers and back', async ({ sharedClient, pg }) => {
  const client = await sharedClient()
  const text = "select '5'::int8 as v, '{6,7}'::int8[] as a, count(*) as c from generate_series(1, 3)"
  const seen = []
  for (const flag of [true, false]) {
    pg.defaults.parseInt8 = flag
    seen.push((await client.query(text)).rows)
  }
  return seen
})

parity(
  'R-7: an exception of a parser is the error of the query, the same object',
  async ({ connect, outcome }) => {
    const client = await connect()
    const error = new RangeError('of the parser')
    const types = { getTypeParser: () => () => { throw error } } // prettier-ignore
    const { rejected } = await outcome(client.query({ text: 'select i from generate_series(1, 3) i', types }))
    return [rejected === error, rejected, (await client.query('select 1 as next')).rows]
  }
)

parity(
  'R-7: an exception at the second row stops the rows after it',
  async ({ connect, pg, log, eventOf }) => {
    const client = await connect()
    const fail = (text) => {
      log('parser', text)
      if (text === '2') throw new Error('at the second')
      return text
    }
    const query = log.events(
      new pg.Query({ text: 'select i from generate_series(1, 4) i', types: { getTypeParser: () => fail } }),
      ['row', 'end']
    )
    client.query(query)
    log('error', ...(await eventOf(query, 'error')))
    log('next', (await client.query('select 1 as n')).rows)
  }
)

parity(
  'R-7: an exception in the first of two results fails the whole query',
  async ({ connect, outcome }) => {
    const client = await connect()
    const types = { getTypeParser: (oid) => (text) => { if (oid === 23) throw new Error('int4'); return text } } // prettier-ignore
    return [
      await outcome(client.query({ text: "select 1 as i; select 'x' as s", types })),
      (await client.query('select 1 as n')).rows,
    ]
  }
)

parity(
  'R-7: invalid JSON cannot reach JSON.parse, but a parser may be strict',
  async ({ connect, pg, outcome }) => {
    const client = await connect()
    const strict = (text) => JSON.parse(text)
    return withParser(pg, 25, strict, () => outcome(client.query("select 'no json'::text as t")))
  }
)

parity('R-7: pool.query goes on after an exception of a parser', async ({ newPool, outcome }) => {
  const pool = newPool({ max: 1 })
  const types = { getTypeParser: () => () => { throw new TypeError('of the parser') } } // prettier-ignore
  return [
    await outcome(pool.query({ text: 'select 1 as i', types })),
    (await pool.query('select 1 as n')).rows,
  ]
})

parity('E-5, TY-1: pg.types is the registry of pg-types', async ({ pg }) => [
  pg.types === require('pg-types'),
  Object.keys(pg.types),
])

parity('TypeOverrides falls back to pg-types', async ({ pg, connect }) => {
  const types = new pg.TypeOverrides()
  types.setTypeParser(23, (text) => `<${text}>`)
  types.setTypeParser(20, 'text', BigInt)
  const client = await connect({ types })
  const unknown = types.getOverrides('unknown')
  return [
    (await client.query(SOME)).rows,
    Object.keys(types),
    Object.keys(types.text),
    Object.keys(unknown),
    (await client.query({ text: SOME, types })).rows,
  ]
})

parity('TypeOverrides over own types', async ({ pg, sharedClient }) => {
  const client = await sharedClient()
  const types = new pg.TypeOverrides({ getTypeParser: (oid, format) => (text) => [oid, format, text] })
  types.setTypeParser(16, () => 'bool')
  return (await client.query({ text: SOME, types })).rows
})
