'use strict'

// Catalogue 2.14 and 2.17: the Result object, its fields and rows, command tags, several results in one.

const { parity } = require('./harness')
const { useSchema } = require('./schema')

useSchema(
  'parity_results',
  `create table parity_results.items (id serial primary key, word varchar(20) not null, price numeric(8,2), at timestamptz(3), tags text[], flag char(1));
   insert into parity_results.items(word, price) values ('one', 1.5), ('two', null);
   create table parity_results.other (id int references parity_results.items, note text);
   create view parity_results.seen as select id, word from parity_results.items;
   create procedure parity_results.twice(inout n int) language plpgsql as $$ begin n := n * 2; end $$;
   create function parity_results.pairs() returns table(a int, b text) language sql as $$ values (1, 'x'), (2, 'y') $$;`
)

const asArray = (text) => ({ text, rowMode: 'array' })

parity('R-1: own properties of a Result, in order, with what they hold', async ({ sharedClient }) => {
  const client = await sharedClient()
  const results = [
    await client.query('select 1 as n'),
    await client.query(asArray('select 1 as n')),
    await client.query(''),
  ]
  return results.map((result) => ({
    keys: Object.getOwnPropertyNames(result),
    enumerable: Object.keys(result),
    rowAsArray: result.rowAsArray,
    extensible: Object.isExtensible(result),
    own: ['rows', 'rowCount', 'command'].map((key) => result.hasOwnProperty(key)), // eslint-disable-line no-prototype-builtins
  }))
})

parity(
  'R-1: a Result is an instance of pg.Result that takes more properties',
  async ({ sharedClient, pg }) => {
    const client = await sharedClient()
    const result = await client.query('select 1 as n')
    result.duration = 5
    result[Symbol.iterator] = () => result.rows.values()
    return [
      result instanceof pg.Result,
      result.constructor === pg.Result,
      [...result],
      result.duration,
      JSON.stringify(result.rows),
    ]
  }
)

parity('R-8: a Result made by hand takes fields, rows and tags', async ({ pg, sharedClient }) => {
  const client = await sharedClient()
  const { fields } = await client.query("select 1 as a, 'x' as b, 2 as a")
  return [undefined, 'array'].map((rowMode) => {
    const result = new pg.Result(rowMode, pg.types)
    result.addFields(fields)
    result.addRow(result.parseRow(['7', null, '8']))
    result.addCommandComplete({ text: 'INSERT 5 3' })
    return [result.rows, result.command, result.oid, result.rowCount, result.fields.length]
  })
})

const tags = [
  'select 1',
  'values (1), (2)',
  'table parity_results.items',
  'show server_version_num',
  "insert into parity_results.items(word) values ('a'), ('b')",
  'update parity_results.items set word = word',
  'delete from parity_results.other',
  'truncate parity_results.other',
  'begin',
  'start transaction',
  'savepoint s',
  'release s',
  'lock parity_results.items in share mode',
  'create temp table t(a int)',
  'create temp table t as select 1 as a, 2 as b',
  'create temp table t as select i from generate_series(1, 3) i with no data',
  'select 1 as a into temp t',
  'create index on parity_results.items(word)',
  'drop table parity_results.other',
  'alter table parity_results.other add x int',
  'comment on table parity_results.other is null',
  'grant select on parity_results.other to postgres',
  'analyze parity_results.items',
  'explain select 1',
  'explain (format json) select 1',
  'explain (costs off) select * from parity_results.items',
  'set local work_mem = default',
  'reset work_mem',
  'listen parity',
  'notify parity',
  'unlisten *',
  'do $$ begin perform 1; end $$',
  'call parity_results.twice(21)',
  'declare c cursor for select generate_series(1, 5)',
  'prepare tagged as select 1',
  'discard plans',
  'set constraints all deferred',
  "merge into parity_results.items i using (values (1)) v(id) on i.id = v.id when matched then update set word = 'm'",
  'copy (select generate_series(1, 4)) to stdout',
  'checkpoint',
  'refresh materialized view parity_results.missing',
  "with x as (insert into parity_results.items(word) values ('w') returning id) select count(*)::int as n from x",
  "insert into parity_results.items(word) select 'q' where false",
  'with x as (select 1) update parity_results.items set word = word where false',
]

parity.each(tags)(
  (sql) => `R-2: the command tag of ${sql.slice(0, 70)}`,
  async ({ sharedClient, outcome }, sql) => {
    const client = await sharedClient()
    await client.query('begin')
    const result = await outcome(client.query(sql))
    await client.query('rollback')
    return result
  }
)

parity.each(['select 1 as n', 'select 1 where false', 'create temp table t()', 'begin', ''])(
  (sql) => `R-2: the same tag over the extended protocol for ${sql || 'nothing'}`,
  async ({ sharedClient, outcome }, text) => {
    const client = await sharedClient()
    await client.query('begin')
    const result = await outcome(client.query({ text, queryMode: 'extended' }))
    await client.query('rollback')
    return result
  }
)

parity('R-2: cursor tags', async ({ sharedClient }) => {
  const client = await sharedClient()
  const results = await client.query(
    'begin; declare c cursor for select generate_series(1, 5) as i; fetch 2 from c; move 1 in c; fetch all from c; fetch 1 from c; close c; commit'
  )
  return results
})

parity('R-2: prepare, execute and deallocate in SQL', async ({ sharedClient }) => {
  const client = await sharedClient()
  return client.query('prepare p(int) as select $1 + 1 as n; execute p(4); deallocate p')
})

const fieldQueries = [
  'select * from parity_results.items where false',
  'select id, word as other, price * 2 as p from parity_results.items where false',
  'select i.*, o.* from parity_results.items i left join parity_results.other o on o.id = i.id where false',
  'select * from parity_results.seen where false',
  'select * from parity_results.pairs() where false',
  'select ctid, tableoid, xmin from parity_results.items where false',
  'select oid, relname from pg_class where false',
  "select null as u, 'x' as t, '{}' as l",
  "select 1::numeric(5,2) as a, 'x'::varchar(7) as b, now()::timestamp(0) as c where false",
]

parity.each(fieldQueries)(
  (sql) => `R-3: the fields of ${sql}`,
  async ({ sharedClient }, sql) => {
    const client = await sharedClient()
    const { fields } = await client.query(sql)
    return [
      fields,
      (await client.query({ text: sql, queryMode: 'extended' })).fields,
      fields.map((field) => field.constructor.name),
    ]
  }
)

parity('R-3: fields are of the class of pg-protocol', async ({ sharedClient }) => {
  const client = await sharedClient()
  const { fields } = await client.query('select 1 as n')
  return fields[0] instanceof require('pg-protocol/dist/messages').Field
})

const rowQueries = [
  'select 1 as a, 2 as b, 3 as a, 4 as b',
  'select 1 as a, null as a',
  'select null as a, 1 as a',
  'select 1 as "__proto__"',
  'select 1 as "__proto__", 2 as "__proto__", 3 as x',
  'select 1 as "constructor", 2 as "toString", 3 as "hasOwnProperty", 4 as "valueOf"',
  `select 1 as "quote""d", 2 as "back\\slash", 3 as "new\nline", 4 as "'", 5 as "\`", 6 as "\${x}", 7 as "*/", 8 as "//"`,
  'select 1 as "with space", 2 as "Ünï😀", 3 as "0", 4 as "-1", 5 as "1.5", 6 as "01"',
  'select 1 as "b", 2 as "2", 3 as "a", 4 as "1"',
  'select 1 as "this", 2 as "return", 3 as "await", 4 as "null", 5 as "undefined", 6 as "arguments", 7 as "eval"',
  'select 1 as "\u2028", 2 as "\u2029", 3 as "\u200b"',
  'select 1 as "length", 2 as "name", 3 as "rows", 4 as "then"',
  'select row(1, 2), array[1], 1 + 1, count(*), true and false, current_date is null, case when true then 1 end, coalesce(1) from parity_results.items where false',
  `select ${Array.from({ length: 63 }, () => 'a').join('')}aaa from (select 1 as ${'a'.repeat(66)}) x`,
]

for (const rowMode of [undefined, 'array']) {
  parity.each(rowQueries)(
    (sql) => `R-4, R-5: rows${rowMode ? ' as arrays' : ''} of ${JSON.stringify(sql.slice(0, 90))}`,
    async ({ sharedClient }, text) => {
      const client = await sharedClient()
      const { rows, fields } = await client.query({ text, rowMode })
      return [
        rows,
        rows.map((row) => Object.getPrototypeOf(row) === (rowMode ? Array : Object).prototype),
        fields.map((field) => field.name),
      ]
    }
  )
}

parity('R-4: a row is deeply equal to a literal', async ({ sharedClient }) => {
  const client = await sharedClient()
  const { rows } = await client.query("select 1 as a, 'x' as b, null as c")
  require('assert').deepStrictEqual(rows, [{ a: 1, b: 'x', c: null }])
  return [
    Object.getOwnPropertyDescriptor(rows[0], 'a'),
    JSON.stringify(rows),
    { ...rows[0] },
    Object.isFrozen(rows[0]),
  ]
})

parity('R-4: rows of one result are independent objects', async ({ sharedClient }) => {
  const client = await sharedClient()
  const { rows } = await client.query(
    "select 1 as a, '{}'::jsonb as j, '{1}'::int[] as l, 'x'::bytea as b from generate_series(1, 2)"
  )
  rows[0].a = 'changed'
  rows[0].extra = true
  rows[0].j.touched = true
  rows[0].l.push(2)
  rows[0].b[0] = 0
  delete rows[0].b
  return rows
})

const manyRows = [
  ['integers', 'select i, i * 2 as j from generate_series(1, 12000) i'],
  ['texts of growing length', "select repeat('x', i) as t from generate_series(0, 300) i"],
  [
    'texts that turn from ASCII to more',
    "select case when i % 97 = 0 then repeat('é', i % 50) else repeat('a', i % 50) end as t, i from generate_series(1, 3000) i",
  ],
  ['texts around 16 KiB', 'select repeat(chr(65 + i), 16384 - 4 + i) as t from generate_series(0, 8) i'],
  [
    'texts around 32 KiB beyond ASCII',
    "select repeat('ü', 16384 - 4 + i) || i as t from generate_series(0, 8) i",
  ],
  ['one text of a megabyte', "select repeat('0123456789abcdef', 65536) as t, 1 as n"],
  [
    'nulls in every other row',
    'select nullif(i % 2, 0) as n, nullif(i % 3, 0)::text as t, case when i % 5 > 0 then array[i] end as l from generate_series(1, 3000) i',
  ],
  [
    'json',
    `select json_build_object('i', i, 's', repeat('"é', i % 7)) as j, case when i % 4 > 0 then to_jsonb(array[i, null]) end as b from generate_series(1, 2000) i`,
  ],
  [
    'lists',
    "select array[i, null, -i] as a, array['a' || i, null, '\"'] as t, array[i::numeric / 3] as n, array[i % 2 = 0] as b from generate_series(1, 1500) i",
  ],
  [
    'dates',
    "select '2000-01-01'::timestamptz + i * interval '1 day 1.001 second' as z, '1960-01-01'::date + i as d from generate_series(1, 3000) i",
  ],
  [
    'wide rows',
    `select ${Array.from({ length: 100 }, (_, i) => `i + ${i} as c${i}, 't' || i as t${i}`).join(', ')} from generate_series(1, 60) i`,
  ],
  ['byteas', "select decode(md5(i::text), 'hex') as b, ''::bytea as e from generate_series(1, 500) i"],
]

for (const rowMode of [undefined, 'array']) {
  parity.each(manyRows)(
    ([what]) => `many rows${rowMode ? ' as arrays' : ''}: ${what}`,
    async ({ sharedClient }, [, text]) => {
      const client = await sharedClient()
      const { rows, rowCount } = await client.query({ text, rowMode })
      // A digest of the whole and some rows in full: comparing every row deeply would only be slow.
      const digest = require('crypto').createHash('sha256').update(JSON.stringify(rows)).digest('hex')
      return {
        rowCount,
        length: rows.length,
        digest,
        some: rows.filter((_, i) => i % 499 === 0 || i === rows.length - 1),
      }
    }
  )
}

const several = [
  ['two selects', 'select 1 as a; select 2 as b, 3 as c'],
  ['results of other shapes', "select 1 as a; select 'x' as a, 2 as b; select where false; select null as a"],
  ['commands and selects', 'begin; select 1 as a; savepoint s; select 2 as b where false; rollback'],
  ['empty statements between', ';; select 1 as a;; ;select 2 as b;'],
  ['one select among comments', '-- one\nselect 1 as a; /* two */'],
  ['an empty query first', '; select 1 as a'],
  ['copy between selects', 'select 1 as a; copy (values (1), (2)) to stdout; select 2 as b'],
  ['fifty selects', Array.from({ length: 50 }, (_, i) => `select ${i} as n`).join(';')],
  ['explain and show', 'show transaction_isolation; explain (costs off) select 1'],
  ['only commands', 'set local work_mem = default; set local work_mem = default'],
]

for (const rowMode of [undefined, 'array']) {
  parity.each(several)(
    ([what]) => `MS-1: ${what}${rowMode ? ', as arrays' : ''}`,
    async ({ connect }, [, text]) => {
      const client = await connect()
      return client.query({ text, rowMode })
    }
  )
}

parity('MS-1: an error among statements loses the results before it', async ({ sharedClient, outcome }) => {
  const client = await sharedClient()
  return outcome(client.query('select 1 as a; select 2 as b; select 1/0; select 3 as c'))
})

parity.each(['', ' ', ';', '--', '/* */', '\n\t', '-- a\n-- b'])(
  (text) => `MS-2: the empty query ${JSON.stringify(text)}`,
  async ({ sharedClient }, text) => {
    const client = await sharedClient()
    return [
      await client.query(text),
      await client.query({ text, rowMode: 'array' }),
      await client.query({ text, queryMode: 'extended' }),
    ]
  }
)

const copies = [
  ['to stdout', 'copy parity_results.items(id, word) to stdout'],
  ['to stdout of nothing', 'copy (select 1 where false) to stdout'],
  ['to stdout in binary', 'copy (select 1) to stdout with (format binary)'],
  ['to stdout of many rows', 'copy (select i, md5(i::text) from generate_series(1, 20000) i) to stdout'],
  ['from stdin', 'copy parity_results.other from stdin'],
  ['from stdin after a select', 'select 1 as a; copy parity_results.other from stdin'],
  ['from a missing table', 'copy parity_results.missing from stdin'],
]

parity.each(copies)(
  ([what]) => `MS-4: a plain query that copies ${what}`,
  async ({ connect, outcome }, [, sql]) => {
    const client = await connect()
    return [await outcome(client.query(sql)), (await client.query('select 1 as n')).rows]
  }
)

// Not from stdin: over the extended protocol the server swallows pg's Sync, and pg waits for ever.
parity.each(copies.filter(([what]) => what.startsWith('to')))(
  ([what]) => `MS-4: a query over the extended protocol that copies ${what}`,
  async ({ connect, outcome }, [, text]) => {
    const client = await connect()
    return [
      await outcome(client.query({ text, queryMode: 'extended' })),
      (await client.query('select 1 as n')).rows,
    ]
  }
)

parity.each([
  ['values', 'select $1::int; select 2', [1]],
  ['queryMode extended', { text: 'select 1; select 2', queryMode: 'extended' }],
  ['a name', { text: 'select 1; select 2', name: 'several' }],
])(
  ([what]) => `MS-3: several statements with ${what} are the server's error`,
  async ({ connect, outcome }, [, ...args]) => {
    const client = await connect()
    return [await outcome(client.query(...args)), (await client.query('select 1 as n')).rows]
  }
)
