'use strict'

// Catalogue 2.18: what a server's error looks like in JavaScript.

const { parity } = require('./harness')
const { useSchema } = require('./schema')

useSchema(
  'parity_errors',
  `create domain parity_errors.positive as int constraint above_zero check (value > 0);
   create table parity_errors.parent (id int primary key, name text not null, amount parity_errors.positive, short varchar(3), constraint even check (id % 2 = 0), unique (name));
   create table parity_errors.child (parent int constraint child_parent references parity_errors.parent, span int4range, constraint apart exclude using gist (span with &&));
   insert into parity_errors.parent values (2, 'two', 1, 'abc');
   insert into parity_errors.child values (2, '[1,5)');
   create function parity_errors.inner_division() returns int language plpgsql as $$ begin return (select 1 / 0); end $$;
   create function parity_errors.outer_call() returns int language plpgsql as $$ begin return parity_errors.inner_division(); end $$;
   create function parity_errors.query_fails() returns void language plpgsql as $$ begin execute 'select 1 frm nothing'; end $$;
   create function parity_errors.sql_fails() returns int language sql as $$ select 1 / 0 $$;`
)

const raise = (options, level = 'exception') => `do $$ begin raise ${level} ${options}; end $$`

const failing = [
  ['a syntax error', 'selec 1'],
  ['a syntax error late in a long text', `select ${'1, '.repeat(500)} 2 frm frm frm`],
  ['a syntax error after characters beyond ASCII', "select 'äöü😀' oops oops"],
  ['a syntax error at the end', 'select 1 +'],
  ['an unterminated string', "select 'abc"],
  ['an unknown table', 'select * from parity_errors.nothing'],
  ['an unknown column with a hint', 'select nane from parity_errors.parent'],
  ['an unknown function', 'select no_such_function(1)'],
  ['an ambiguous column', 'select id from parity_errors.parent a, parity_errors.parent b'],
  ['a type mismatch', "select 1 + 'x'::text"],
  ['a division by zero', 'select 1 / 0'],
  ['a division by zero after rows', 'select 10 / (3 - i) from generate_series(1, 5) i'],
  ['23502 not null', 'insert into parity_errors.parent values (4, null)'],
  ['23505 unique', "insert into parity_errors.parent values (4, 'two')"],
  ['23505 primary key', "insert into parity_errors.parent values (2, 'again')"],
  ['23503 foreign key on insert', 'insert into parity_errors.child values (77)'],
  ['23503 foreign key on delete', 'delete from parity_errors.parent'],
  ['23514 check', "insert into parity_errors.parent values (3, 'three')"],
  ['23514 domain', "insert into parity_errors.parent values (4, 'four', -1)"],
  ['23P01 exclusion', "insert into parity_errors.child values (2, '[4,9)')"],
  ['22001 too long', "insert into parity_errors.parent values (4, 'four', 1, 'abcd')"],
  ['22003 out of range', 'select 99999999999::int'],
  ['22P02 bad input', "select 'abc'::int"],
  ['22P02 bad json', `select '{"a":}'::json`],
  ['22007 bad date', "select 'nonsense'::date"],
  ['22008 date out of range', "select '2024-02-30'::date"],
  ['42501 no privilege', 'set local role pg_monitor; select * from parity_errors.parent'],
  ['42P07 duplicate table', 'create table parity_errors.parent()'],
  ['42710 duplicate', 'create domain parity_errors.positive as int'],
  ['3F000 no schema', 'create table nowhere.t()'],
  ['25001 in a block', 'begin; vacuum'],
  ['25P02 aborted block', 'begin; savepoint a; select 1/0'],
  ['57014 statement timeout', "set local statement_timeout = '5ms'; select pg_sleep(5)"],
  ['54001 deep recursion', `select ${'('.repeat(20000)}1${')'.repeat(20000)}`],
  ['0A000 not supported', 'select 1 for update'],
  ['an error in a function', 'select parity_errors.inner_division()'],
  ['an error in a nested function', 'select parity_errors.outer_call()'],
  ['an internal position', 'select parity_errors.query_fails()'],
  ['an error in an SQL function', 'select parity_errors.sql_fails()'],
  ['raise', raise("'plain'")],
  [
    'raise with everything',
    raise(
      "'the message' using errcode = 'OX001', detail = 'the detail', hint = 'the hint', column = 'c', constraint = 'k', datatype = 'd', table = 't', schema = 's'"
    ),
  ],
  ['raise with an empty message', raise("''")],
  ['raise with lines and odd characters', raise(`'line one\nline two "é" ''😀'''`)],
  ['raise with a long message', raise("'%', repeat('long ', 5000)")],
  ['raise without a class', raise("sqlstate 'ZZZZZ'")],
  ['raise with a condition name', raise('division_by_zero')],
  ['assert', "do $$ begin assert false, 'asserted'; end $$"],
]

parity.each(failing)(
  ([what]) => `X-2, X-4: the error of ${what}`,
  async ({ sharedClient, outcome }, [, sql]) => {
    const client = await sharedClient()
    const failed = await outcome(client.query(sql))
    await client.query('rollback')
    return [failed, (await client.query('select 1 as n')).rows]
  }
)

parity.each(failing.slice(0, 24))(
  ([what]) => `X-2: over the extended protocol, the error of ${what}`,
  async ({ sharedClient, outcome }, [, text]) => {
    const client = await sharedClient()
    return [
      await outcome(client.query({ text, queryMode: 'extended' })),
      (await client.query('select 1 as n')).rows,
    ]
  }
)

parity('X-1: the class and the name of an error', async ({ sharedClient, outcome, pg }) => {
  const client = await sharedClient()
  const { rejected } = await outcome(client.query('selec 1'))
  return {
    name: rejected.name,
    string: String(rejected),
    class: rejected.constructor.name,
    ofPg: rejected instanceof pg.DatabaseError,
    ofProtocol: rejected instanceof require('pg-protocol').DatabaseError,
    isError: rejected instanceof Error,
    length: rejected.length,
    own: Object.getOwnPropertyNames(rejected),
    enumerable: Object.keys(rejected),
    json: JSON.stringify(rejected),
    firstLine: rejected.stack.split('\n')[0],
  }
})

parity('X-3: an error may be changed and extended', async ({ sharedClient, outcome }) => {
  const client = await sharedClient()
  const { rejected } = await outcome(client.query('selec 1'))
  Object.assign(rejected, { query: 'selec 1', params: [], message: 'rewritten', code: 'OTHER' })
  rejected.stack += '\n    at elsewhere'
  delete rejected.hint
  return [rejected, Object.isExtensible(rejected), rejected.stack.endsWith('elsewhere')]
})

parity('X-1: a callback gets the error first and nothing more', async ({ sharedClient }) => {
  const client = await sharedClient()
  return new Promise((resolve) => client.query('selec 1', (...args) => resolve([args.length, args])))
})

parity('an error leaves the transaction aborted until the rollback', async ({ connect, outcome }) => {
  const client = await connect()
  await client.query('begin')
  return [
    await outcome(client.query('select 1/0')),
    await outcome(client.query('select 1')),
    await client.query('rollback'),
    (await client.query('select 1 as n')).rows,
  ]
})

parity('an error of a deferred constraint comes at the commit', async ({ connect, outcome }) => {
  const client = await connect()
  await client.query('begin; create table parity_errors.deferred(a int unique deferrable initially deferred)')
  await client.query('insert into parity_errors.deferred values (1), (1)')
  return [
    await outcome(client.query('commit')),
    (await client.query('select 1 as n')).rows,
    client.getTransactionStatus(),
  ]
})

parity('a message in the language of the server', async ({ connect, outcome }) => {
  const client = await connect()
  await client.query("set lc_messages = 'C'; set client_min_messages = error")
  return outcome(client.query('selec 1'))
})

parity.each(['default', 'verbose', 'terse'])(
  (verbosity) => `log_error_verbosity ${verbosity} changes nothing for the client`,
  async ({ connect, outcome }, verbosity) => {
    const client = await connect()
    await client.query(`set log_error_verbosity = ${verbosity}`)
    return outcome(client.query('select 1/0'))
  }
)
