'use strict'

// Queries that must give the same result or error whichever way they go: client.query, pool.query on the fast path,
// pool.query on the watched path, with a promise or with a callback. Each row: a title and the arguments of the call,
// made afresh for each run.

const upper = { getTypeParser: () => (text) => `<${text}>` }
const text = (sql) => [sql]

const selects = [
  ['one integer', () => text('select 1 as n')],
  ['a column without a name', () => text("select 'x'::text")],
  ['no rows', () => text('select 1 as n where false')],
  ['no columns', () => text('select')],
  ['rows without columns', () => text('select from generate_series(1, 3)')],
  ['many rows', () => text('select i, i::text as t from generate_series(1, 2500) i')],
  ['many columns', () => text(`select ${Array.from({ length: 300 }, (_, i) => `${i} as c${i}`).join(', ')}`)],
  ['mixed columns with nulls', () => text(`select * from parity_paths.mixed order by id`)],
  ['text beyond ASCII', () => text("select 'grüße' as a, '日本語' as b, '😀' as c, 'plain' as d")],
  ['a long ASCII text', () => text("select repeat('abc', 50000) as long")],
  ['a long text beyond ASCII', () => text("select repeat('aé😀', 20000) as long")],
  ['empty texts and nulls', () => text("select '' as a, null as b, ''::text as c, null::int as d")],
  ['columns of one name', () => text('select 1 as a, 2 as b, 3 as a')],
  [
    'hostile column names',
    () => text(`select 1 as "__proto__", 2 as "constructor", 3 as "quote""d", 4 as "a\\b", 5 as "0"`),
  ],
  ['column names that are numbers', () => text('select 1 as "2", 2 as "1", 3 as "x", 4 as "0"')],
  ['a comment before the statement', () => text('/* hint */ select 1 as n -- tail')],
  ['a trailing semicolon', () => text('select 1 as n;')],
  ['an empty text', () => text('')],
  ['only a semicolon', () => text(';')],
  ['only a comment', () => text('-- nothing')],
  [
    'json beside arrays',
    () => text(`select '{"a":[1,{"b":null}]}'::jsonb as j, array[1,null,3] as a, '{"x","y"}'::text[] as t`),
  ],
  [
    'every plain kind at once',
    () => text('select true as b, 1::int2 as s, 2::int8 as l, 1.5::float8 as f, 2.50::numeric as n'),
  ],
]

const withValues = [
  ['a number for text', () => ['select $1::text as v', [42]]],
  ['text for an integer', () => ['select $1::int as v', ['42']]],
  ['null and undefined', () => ['select $1::text as a, $2::text as b', [null, undefined]]],
  ['an empty list of values', () => ['select 1 as n', []]],
  ['empty values and two statements', () => ['select 1 as a; select 2 as b', []]],
  [
    'many values',
    () => [
      `select ${Array.from({ length: 200 }, (_, i) => `$${i + 1}::int + 0 as c${i}`).join()}`,
      Array.from({ length: 200 }, (_, i) => i),
    ],
  ],
  ['a long value', () => ['select length($1::text) as n, md5($1) as h', ['é'.repeat(70000)]]],
  ['a buffer', () => ['select $1::bytea as v', [Buffer.from([0, 1, 255, 39])]]],
  ['an array', () => ['select $1::text[] as v', [['a', 'b"c', null, 'd,e', '{f}']]]],
  ['an object as json', () => ['select $1::jsonb as v', [{ a: [1, 'é'], b: null }]]],
  ['a text with a NUL-free escape', () => ['select $1::text as v', ["line\nquote'back\\slash"]]],
  [
    'values of a statement that returns nothing',
    () => ['update parity_paths.mixed set word = word where id = $1', [1]],
  ],
]

const configs = [
  ['a config object', () => [{ text: 'select 1 as n' }]],
  ['a config with values', () => [{ text: 'select $1::int as n', values: [5] }]],
  ['a config and values beside it', () => [{ text: 'select $1::int as n', values: [5] }, [6]]],
  ['a config and an empty list beside it', () => [{ text: 'select 1 as n', values: [5] }, []]],
  ['row mode array', () => [{ text: 'select 1 as a, 2 as a, null as b', rowMode: 'array' }]],
  [
    'row mode array with values',
    () => [{ text: 'select $1::int as a, $2::text as b', values: [1, 'x'], rowMode: 'array' }],
  ],
  ['an unknown row mode', () => [{ text: 'select 1 as a', rowMode: 'object' }]],
  ['own types', () => [{ text: 'select 1 as a, null as b, true as c', types: upper }]],
  [
    'own types in row mode array',
    () => [{ text: "select 1 as a, now() - now() as i, '{1}'::int[] as l", types: upper, rowMode: 'array' }],
  ],
  ['the extended protocol without values', () => [{ text: 'select 1 as n', queryMode: 'extended' }]],
  ['another query mode', () => [{ text: 'select 1 as a; select 2 as b', queryMode: 'simple' }]],
  ['a named statement', () => [{ name: 'paths-named', text: 'select $1::int as n', values: [7] }]],
  ['a named statement again', () => [{ name: 'paths-named', text: 'select $1::int as n', values: [8] }]],
  ['a named statement without values', () => [{ name: 'paths-bare', text: 'select 9 as n' }]],
  ['an unknown key', () => [{ text: 'select 1 as n', surprise: true }]],
  ['a config without prototype', () => [Object.assign(Object.create(null), { text: 'select 1 as n' })]],
  ['a frozen config', () => [Object.freeze({ text: 'select $1::int as n', values: Object.freeze([3]) })]],
  ['a template object with a text', () => [Object.assign(['select ', ' as n'], { text: 'select 4 as n' })]],
]

const statements = [
  ['two statements', () => text('select 1 as a; select 2 as b')],
  [
    'statements with and without rows',
    () => text("select 1 as a; set local work_mem = '4MB'; select 2 as b, 3 as c"),
  ],
  ['a statement and an empty one', () => text('select 1 as a;;')],
  ['two empty statements', () => text(';;')],
  ['two statements in row mode array', () => [{ text: 'select 1 as a; select 2 as b', rowMode: 'array' }]],
  ['two statements with own types', () => [{ text: 'select 1 as a; select 2 as b', types: upper }]],
  ['begin and commit', () => text('begin; select 1 as a; commit')],
  [
    'an insert that returns rows',
    () =>
      text("begin; insert into parity_paths.mixed(id, word) values (90, 'x') returning id, word; rollback"),
  ],
]

const failures = [
  ['a syntax error', () => text('select 1 frm nowhere where')],
  ['an unknown table', () => text('select * from parity_paths.missing')],
  ['an unknown column', () => text('select missing from parity_paths.mixed')],
  ['a division by zero', () => text('select 1 / 0')],
  ['a division by zero after rows', () => text('select 1 / (3 - i) as n from generate_series(1, 5) i')],
  ['a bad integer value', () => ['select $1::int', ['abc']]],
  ['too few values', () => ['select $1::int + $2::int', [1]]],
  ['too many values', () => ['select $1::int', [1, 2]]],
  ['values without a placeholder', () => ['select 1', [1]]],
  ['an undecidable parameter type', () => ['select $1 is null, $1', [1]]],
  ['two statements with values', () => ['select $1::int; select 2', [1]]],
  ['two statements in extended mode', () => [{ text: 'select 1; select 2', queryMode: 'extended' }]],
  ['an error in the second statement', () => text('select 1 as a; select 1 / 0 as b; select 3 as c')],
  ['a violated constraint', () => text("insert into parity_paths.mixed(id, word) values (1, 'again')")],
  ['values that are no array', () => ['select $1', 'abc']],
  ['values that are an object', () => ['select $1', { 0: 'a' }]],
  ['values in a config that are no array', () => [{ text: 'select $1', values: 7 }]],
  ['neither text nor name', () => [{}]],
  ['a number as query', () => [42]],
  ['a text that is no string', () => [{ text: 5 }]],
  ['a copy from stdin', () => text('copy parity_paths.mixed(word) from stdin')],
]

const queryCases = [...selects, ...withValues, ...configs, ...statements, ...failures]

const schema = `
  create table parity_paths.mixed (id int primary key, word text, num numeric, big int8, flag bool, at timestamptz, ratio float8, words text[], doc jsonb, day date);
  insert into parity_paths.mixed values
    (1, 'one', 1.10, 9007199254740993, true, '2024-02-29 12:34:56.789+00', 0.1, '{a,b}', '{"k":1}', '2024-02-29'),
    (2, null, null, null, null, null, null, null, null, null),
    (3, 'ünï', -0.0, -1, false, 'infinity', 'NaN', '{}', 'null', '-infinity'),
    (4, '', 'NaN', 0, true, '1999-12-31 23:59:59.999999+05:30', '-Infinity', '{NULL,"NULL",""}', '[1,"ü",{}]', '0044-03-15 BC');
`

module.exports = { queryCases, schema }
