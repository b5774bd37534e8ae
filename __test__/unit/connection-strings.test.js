'use strict'

const PgParameters = require('pg/lib/connection-parameters')
const OxpgParameters = require('../../lib/connection-parameters')
const { expectSame, withEnv } = require('./compare')

const CONFIG = {
  user: 'cfg',
  password: () => 'secret',
  port: 99,
  host: 'cfg-host',
  database: 'cfg-db',
  ssl: false,
}
const VARIABLES = { PGUSER: 'env-user', PGPASSWORD: 'env-password', PGHOST: 'env-host', PGDATABASE: 'env-db' }

// As the only argument, as an option beside others, and with an environment to fall back to.
function same(text) {
  const run = (make, variables) =>
    withEnv(variables, () => expectSame(PgParameters, OxpgParameters, (Parameters) => new Parameters(make())))
  run(() => ({ connectionString: text }), VARIABLES)
  run(() => ({ ...CONFIG, connectionString: text }), {})
  run(() => ({ ...CONFIG, connectionString: text }), VARIABLES)
  return run(() => text, {})
}

beforeAll(() => jest.spyOn(process, 'emitWarning').mockImplementation(() => {})) // S-13 warns once per process
afterAll(() => jest.restoreAllMocks())

const STRINGS = {
  'S-1': [
    'postgres://user:pw@host:1234/db',
    'postgresql://user@host/db',
    'pg://host',
    'http://user:pw@host/db',
    'postgres://',
    'postgres:///db',
    'postgres://user:@host/db',
    'postgres://:pw@host/db',
    'POSTGRES://User:Pw@HOST/Db',
  ],
  'S-2': ['/tmp', '/tmp mydb', '/var/run/pg mydb extra'],
  'S-3': [
    'socket:/some path/?db=my[db]&encoding=utf8&user=foo',
    'socket://user:pw@/tmp/?db=d',
    'socket:/tmp',
  ],
  'S-4': [
    'postgres://user:p w@host/db',
    'postgres://user:100%@host/db',
    'postgres://user:a%20b%zz@host/db',
    'postgres://user:a&b@host/my db?application_name=my app',
    'postgres://us%3Aer:p%40ss@host/db',
    'postgres://user:%E0%A4%A@host/db',
  ],
  'S-5': ['postgres://user:pw@/db', 'postgres://@/db', 'postgres://user@/'],
  'S-6': [
    'postgres://user:p#ss@host/db',
    'postgres://user:pw@host:70000/db',
    'postgres://user:pw@h1:1,h2:2/db',
    'postgres://user:pw@host:abc/db',
    'postgres://us%ff:pw@host/db',
  ],
  'S-7': [
    'postgres://h/d?max=5&statement_timeout=100&application_name=x&keepAlive=true',
    'postgres://h/d?application_name=a&application_name=b',
    'postgres://h/d?options=-c%20search_path%3Dfoo',
    'postgres://h/d?query_timeout=&lock_timeout=0',
    'postgres://h/d?connectionString=postgres://other/x',
  ],
  'S-8': [
    'postgres://u:p@h:1/d?user=qu&password=qp&port=2&host=qh&database=qd',
    'postgres://h?database=qd',
    'postgres://h/?database=qd',
    'postgres://h/d?port=abc',
  ],
  'S-9': [
    'postgres://%2Ftmp%2Fs/db',
    'postgres://%2Ftmp/db?host=/other',
    'postgres://u@h/db?host=/tmp',
    'pg://user@/db?host=/tmp&port=6',
  ],
  'S-10': [
    'postgres://h/a%2Fb',
    'postgres://h/a%20b',
    'postgres://h/a/b/c',
    'postgres://h/%E4%B8%AD',
    'postgres://h/a%zz',
  ],
  'S-11': ['true', 'false', '1', '0', 'no-verify', 'require', ''].map((ssl) => `postgres://h/d?ssl=${ssl}`),
  'S-12': ['postgres://h/d?ssl=0&sslmode=require', 'postgres://h/d?ssl=true&sslmode=disable'],
  'S-13': ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify', 'bogus', ''].map(
    (mode) => `postgres://h/d?sslmode=${mode}`
  ),
  'S-14': ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full', 'bogus', ''].map(
    (mode) => `postgres://h/d?uselibpqcompat=true&sslmode=${mode}`
  ),
  'S-15': [
    'postgres://h/d?sslnegotiation=direct',
    'postgres://h/d?sslnegotiation=direct&ssl=0',
    'postgres://h/d?sslnegotiation=direct&sslmode=disable',
    'postgres://h/d?sslnegotiation=direct&sslmode=no-verify',
    'postgres://h/d?sslnegotiation=other',
  ],
  'S-16': ['postgres://h/d?__proto__=evil', 'postgres://h/d?constructor=x&toString=y&hasOwnProperty=z'],
  'S-17': ['mydb', '', ' ', 'my db', 'host:5432', '?user=x', '//host/db'],
  'V-4': ['postgres://[::1]/d', 'postgres://u:p@[fe80::1]:7/d'],
}

test.each(Object.entries(STRINGS).flatMap(([row, strings]) => strings.map((text) => [row, text])))(
  '%s, C-2: the connection string %j resolves as in pg',
  (_row, text) => {
    same(text)
  }
)

test('C-2: what the string leaves empty overrides the config, and then the environment speaks', () => {
  const config = { connectionString: 'postgres://h/d', user: 'cfg', password: () => 'x', port: 99 }
  const { user, password, port } = withEnv(VARIABLES, () => new OxpgParameters(config))
  expect({ user, password, port }).toEqual({ user: 'env-user', password: 'env-password', port: 5432 })
})

test('C-2: the config object stays as it was', () => {
  const config = Object.freeze({ connectionString: 'postgres://h/d', user: 'cfg' })
  expect(withEnv({}, () => new OxpgParameters(config)).host).toBe('h')
})

test('S-6: an invalid string is not repeated in the error', () => {
  let error
  try {
    new OxpgParameters('postgres://user:hunter2#@host/db')
  } catch (caught) {
    error = caught
  }
  expect(error).toMatchObject({ code: 'ERR_INVALID_URL', input: '*****REDACTED*****' })
  expect(`${error.stack}${JSON.stringify(error)}`).not.toContain('hunter2')
})

test('S-16: no connection string reaches the prototype of all objects', () => {
  new OxpgParameters('postgres://h/d?__proto__=x&__proto__.polluted=y')
  expect({}.polluted).toBeUndefined()
})
