'use strict'

const dns = require('dns')
const fs = require('fs')
const os = require('os')
const path = require('path')
const PgParameters = require('pg/lib/connection-parameters')
const OxpgParameters = require('../../lib/connection-parameters')
const pgDefaults = require('pg/lib/defaults')
const oxpgDefaults = require('../../lib/defaults')
const { expectSame, picture, withEnv } = require('./compare')

// Resolves what `make` gives in both, and compares every property, hidden ones included. A fresh input for each,
// because both change the caller's ssl object (C-7).
function same(make, variables = {}) {
  return withEnv(variables, () =>
    expectSame(PgParameters, OxpgParameters, (ConnectionParameters) => {
      const input = make()
      return { parameters: new ConnectionParameters(input), input }
    })
  )
}

const resolve = (input, variables = {}) => withEnv(variables, () => new OxpgParameters(input))

beforeAll(() => jest.spyOn(process, 'emitWarning').mockImplementation(() => {})) // S-13 warns once per process
afterAll(() => jest.restoreAllMocks())

const ENVIRONMENT = {
  PGUSER: 'env-user',
  PGPASSWORD: 'env-password',
  PGHOST: 'env-host',
  PGPORT: '6543',
  PGDATABASE: 'env-db',
  PGOPTIONS: '-c search_path=env',
  PGAPPNAME: 'env-app',
  PGREPLICATION: 'database',
  PGBINARY: 'yes',
  PGCLIENT_ENCODING: 'LATIN1',
  PGCONNECT_TIMEOUT: '7',
  PGSSLMODE: 'no-verify',
  PGSSLNEGOTIATION: 'direct',
}
const EVERYTHING = {
  user: 'u',
  password: 'p',
  host: 'h',
  port: 1,
  database: 'd',
  options: '-c a=b',
  application_name: 'app',
  fallback_application_name: 'fallback',
  replication: true,
  binary: true,
  client_encoding: 'SQL_ASCII',
  statement_timeout: 1.5,
  lock_timeout: '2',
  idle_in_transaction_session_timeout: 3,
  query_timeout: 4,
  connectionTimeoutMillis: 2999,
  keepAlive: true,
  keepAliveInitialDelayMillis: 1999,
  ssl: true,
  sslnegotiation: 'direct',
}

describe.each([
  ['an empty environment', {}],
  ['every PG* variable', ENVIRONMENT],
  ['empty PG* variables', Object.fromEntries(Object.keys(ENVIRONMENT).map((key) => [key, '']))],
])('in %s', (_name, variables) => {
  test.each([
    ['undefined', undefined],
    ['null', null],
    ['false', false],
    ['0', 0],
    ['an empty string', ''],
    ['an empty object', {}],
    ['an array', []],
    ['every option', EVERYTHING],
    [
      'options that are all empty strings',
      Object.fromEntries(Object.keys(EVERYTHING).map((key) => [key, ''])),
    ],
    ['options that are all 0', Object.fromEntries(Object.keys(EVERYTHING).map((key) => [key, 0]))],
    ['options that are all null', Object.fromEntries(Object.keys(EVERYTHING).map((key) => [key, null]))],
    ['options that are all false', Object.fromEntries(Object.keys(EVERYTHING).map((key) => [key, false]))],
    [
      'options that are all undefined',
      Object.fromEntries(Object.keys(EVERYTHING).map((key) => [key, undefined])),
    ],
    ['unknown options', { max: 5, queryMode: 'extended', service: 'x' }],
  ])('C-1, C-3: a config of %s resolves as in pg', (_config, config) => {
    same(
      () => (config && typeof config === 'object' && !Array.isArray(config) ? { ...config } : config),
      variables
    )
  })

  test.each(Object.keys(EVERYTHING))('C-3: the option %s alone resolves as in pg', (key) => {
    same(() => ({ ssl: true, [key]: EVERYTHING[key] }), variables)
  })

  test.each(Object.keys(ENVIRONMENT))('2.3: the variable %s alone resolves as in pg', (key) => {
    same(() => ({ ssl: true }), { [key]: variables[key] })
  })
})

test('C-4: the database is the user where nothing names one', () => {
  expect(resolve({ user: 'ann' }).database).toBe('ann')
  expect(resolve({}, { PGUSER: 'bob' }).database).toBe('bob')
})

test.each(['5433', 5433, '5433abc', ' 12 ', 'abc', 1.9, '1e3', -5, 70000, true, [5434]])(
  'C-5: the port %p is parsed as in pg',
  (port) => {
    same(() => ({ port }))
  }
)

test.each(['', '/', '/tmp', '/var/run/postgresql', 'localhost', './tmp', '\\\\.\\pipe', '::1'])(
  'C-10: the host %p is a directory as in pg',
  (host) => {
    same(() => ({ host }))
  }
)

test('C-10: a host that is no string ends as in pg', () => {
  expect(same(() => ({ host: 5 })).name).toBe('TypeError')
})

describe('C-6: ssl', () => {
  const modes = [
    'disable',
    'allow',
    'prefer',
    'require',
    'verify-ca',
    'verify-full',
    'no-verify',
    'bogus',
    '',
  ]
  test.each(modes)('PGSSLMODE=%s counts where the config does not speak of ssl', (PGSSLMODE) => {
    same(() => ({}), { PGSSLMODE })
    same(() => ({ ssl: undefined }), { PGSSLMODE })
    same(() => ({ ssl: false }), { PGSSLMODE })
    same(() => ({ ssl: null }), { PGSSLMODE })
  })

  test.each([
    true,
    false,
    null,
    0,
    1,
    '',
    'true',
    'false',
    'no-verify',
    'require',
    'true ',
    {},
    { ca: 'x' },
    [],
  ])('the value %p resolves as in pg', (ssl) => {
    same(() => ({
      ssl: ssl && typeof ssl === 'object' ? Object.assign(Array.isArray(ssl) ? [] : {}, ssl) : ssl,
    }))
  })

  test('the caller keeps its own ssl object', () => {
    const ssl = { rejectUnauthorized: false }
    expect(resolve({ ssl }).ssl).toBe(ssl)
  })
})

describe('C-7: ssl.key', () => {
  test.each([
    ['an ordinary object', () => ({ key: 'k', cert: 'c' })],
    ['an object without a key', () => ({ cert: 'c' })],
    ['an object with an empty key', () => ({ key: '' })],
    ['a frozen object', () => Object.freeze({ key: 'k' })],
    ['an object that inherits its key', () => Object.create({ key: 'k' })],
  ])('of %s is hidden as in pg', (_name, make) => {
    same(() => ({ ssl: make() }))
  })
})

describe('C-9: sslnegotiation', () => {
  test.each([
    [{ sslnegotiation: 'postgres' }],
    [{ sslnegotiation: 'direct' }],
    [{ sslnegotiation: 'direct', ssl: true }],
    [{ sslnegotiation: 'direct', ssl: 'no-verify' }],
    [{ sslnegotiation: 'DIRECT', ssl: true }],
    [{ sslnegotiation: '' }],
    [{ sslnegotiation: 1 }],
    [{ connectionString: 'postgres://h/d?sslnegotiation=direct' }],
  ])('in %j ends as in pg', (config) => {
    same(() => ({ ...config }))
    same(() => ({ ...config }), { PGSSLNEGOTIATION: 'bogus' })
  })

  test('throws the documented texts', () => {
    expect(() => resolve({ sslnegotiation: 'x' })).toThrow(
      'Invalid sslnegotiation value: "x". Valid values are "postgres" and "direct".'
    )
    expect(() => resolve({ sslnegotiation: 'direct' })).toThrow(
      'sslnegotiation=direct requires SSL to be enabled'
    )
  })
})

test.each([undefined, null, 0, 1, 999, 1000, 1500.5, '2500', -1, NaN])(
  'C-11: connectionTimeoutMillis %p becomes connect_timeout as in pg',
  (connectionTimeoutMillis) => {
    same(() => ({ connectionTimeoutMillis }))
    same(() => ({ connectionTimeoutMillis }), { PGCONNECT_TIMEOUT: '3' })
  }
)

test.each([
  [{ keepAlive: true }],
  [{ keepAlive: false, keepAliveInitialDelayMillis: 2500 }],
  [{ keepAlive: 'true', keepAliveInitialDelayMillis: '2500' }],
  [{ keepAlive: 1, keepAliveInitialDelayMillis: 0 }],
])('C-12: %j becomes keepalives as in pg', (config) => {
  same(() => ({ ...config }))
})

describe('D-1: the defaults', () => {
  test('are read when a client is made', () => {
    const changes = {
      user: 'du',
      password: 'dp',
      host: '/dh',
      port: 99,
      database: 'dd',
      ssl: true,
      options: '-c x=y',
    }
    const before = { ...pgDefaults }
    try {
      Object.assign(pgDefaults, changes)
      Object.assign(oxpgDefaults, changes)
      const { returned } = same(() => ({}))
      expect(JSON.stringify(returned)).toContain('/dh')
      same(() => 'postgres://')
    } finally {
      for (const key of Object.keys(changes)) pgDefaults[key] = oxpgDefaults[key] = before[key]
    }
  })

  test.each([null, '', 0])(
    'may say %p as the database, which is not the same as saying nothing (C-4)',
    (database) => {
      try {
        pgDefaults.database = oxpgDefaults.database = database
        same(() => ({ user: 'ann' }))
      } finally {
        pgDefaults.database = oxpgDefaults.database = undefined
      }
    }
  )

  test('D-4: themselves as a config bring their connection string with them', () => {
    same(() => ({ ...pgDefaults, connectionString: 'postgres://a:b@c:5/d' }))
  })
})

describe('C-13: the libpq string', () => {
  let answer
  beforeEach(() => jest.spyOn(dns, 'lookup').mockImplementation((_host, callback) => callback(...answer)))

  const libpq = (config) =>
    expectSame(PgParameters, OxpgParameters, (ConnectionParameters) => {
      const calls = []
      new ConnectionParameters(config()).getLibpqConnectionString((...args) => calls.push(args))
      return calls
    })

  test.each([
    ['everything', () => ({ ...EVERYTHING })],
    ['hostile characters', () => ({ user: "o'neil\\", password: "it's", database: "d'b", host: 'h' })],
    ['a socket directory', () => ({ host: '/tmp', client_encoding: 'UTF8' })],
    ['an encoding', () => ({ client_encoding: 'UTF8' })],
    [
      'ssl settings',
      () => ({ ssl: { sslmode: 'verify-ca', sslca: 'a', sslkey: 'k', sslcert: 'c', sslrootcert: 'r' } }),
    ],
    ['an ssl word', () => ({ ssl: 'verify-full' })],
    ['no ssl', () => ({ ssl: false })],
    ['ssl null', () => ({ ssl: null })],
    ['empty things', () => ({})],
  ])('of %s is that of pg', (_name, config) => {
    answer = [null, '10.0.0.1']
    withEnv({}, () => libpq(config))
  })

  test('calls back with the failure of the name lookup', () => {
    answer = [Object.assign(new Error('getaddrinfo ENOTFOUND x'), { code: 'ENOTFOUND' })]
    expect(JSON.stringify(libpq(() => ({ host: 'x' })))).toContain('ENOTFOUND')
  })
})

test('2.4: certificate files of the connection string are read at once, and a missing one is an error', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oxpg-unit-'))
  try {
    const file = path.join(folder, 'a file.pem')
    fs.writeFileSync(file, 'PEM TEXT')
    const url = `postgres://h/d?sslcert=${file}&sslkey=${file}&sslrootcert=${file}`
    same(() => encodeURI(url))
    same(() => encodeURI(url + '&uselibpqcompat=true&sslmode=require'))
    same(() => encodeURI(url + '&uselibpqcompat=true&sslmode=verify-ca'))
    expect(resolve(encodeURI(url)).ssl.ca).toBe('PEM TEXT')
    expect(Object.keys(resolve(encodeURI(url)).ssl)).not.toContain('key')
    expect(same(() => `postgres://h/d?sslcert=${folder}/none`).code).toBe('ENOENT')
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
})

test('the picture that these tests compare shows hidden properties and their flags', () => {
  const hidden = Object.defineProperty({}, 'password', { value: 'x', writable: true })
  expect(picture(hidden)).not.toEqual(picture({ password: 'x' }))
})
