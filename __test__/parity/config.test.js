'use strict'

// Catalogue 2.1 to 2.4: where the values of a configuration come from.

const { parity } = require('./harness')

// Runs `work` with these environment variables and none of the other PG* ones.
async function withEnvironment(variables, work) {
  const saved = { ...process.env }
  for (const name of Object.keys(process.env)) if (name.startsWith('PG')) delete process.env[name]
  Object.assign(process.env, variables)
  try {
    return await work()
  } finally {
    for (const name of Object.keys(variables)) delete process.env[name]
    Object.assign(process.env, saved)
  }
}

const NAMES = [
  'user',
  'password',
  'host',
  'port',
  'database',
  'ssl',
  'application_name',
  'fallback_application_name',
  'options',
  'statement_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
  'query_timeout',
  'replication',
  'binary',
  'client_encoding',
  'isDomainSocket',
  'sslnegotiation',
  'connect_timeout',
]

const resolve = ({ pg, attempt }, config, variables = {}) =>
  withEnvironment(variables, async () =>
    attempt(() => {
      const client = new pg.Client(config)
      return [
        NAMES.map((name) => [name, client.connectionParameters[name]]),
        client.user,
        client.host,
        client.port,
        client.database,
        client.password,
        client.ssl,
      ]
    })
  )

const env = {
  PGUSER: 'env user',
  PGPASSWORD: 'env password',
  PGHOST: 'env.host',
  PGPORT: '6543',
  PGDATABASE: 'env database',
}

const configs = [
  ['nothing', undefined],
  ['null', null],
  ['an empty object', {}],
  ['an empty string', ''],
  ['nothing, with the environment', undefined, env],
  ['an object over the environment', { user: 'u', password: 'p', host: 'h', port: 1, database: 'd' }, env],
  [
    'falsy values, which fall through to the environment',
    { user: '', password: null, host: undefined, port: 0, database: false },
    env,
  ],
  ['a database that falls back to the user', { user: 'someone' }],
  ['a port as text', { port: '77' }],
  ['a port with a tail', { port: '77x' }],
  ['a port that is none', { port: 'abc' }],
  ['a host that is a directory', { host: '/var/run' }],
  ['a URL', 'postgres://user:pass@host.example:1234/database'],
  ['a URL over the environment', 'postgres://host.example', env],
  ['a URL with encoded parts', 'postgres://us%40er:p%3Aa%2Fss%25@host:1/d%20b'],
  ['a URL with raw spaces', 'postgres://user:pa ss@host/da ta'],
  ['a URL with a raw percent sign', 'postgres://user:100%@host/db'],
  [
    'a URL with parameters',
    'postgres://h/d?application_name=app&statement_timeout=100&options=-c%20a%3Db&fallback_application_name=f&query_timeout=5',
  ],
  [
    'a URL with parameters that name the server',
    'postgres://h/d?host=other&port=9&user=u&password=p&database=x',
  ],
  ['a URL with a parameter twice', 'postgres://h/d?application_name=a&application_name=b'],
  ['a URL with a socket host', 'postgres://u:p@%2Ftmp%2Fsockets/d'],
  ['a URL with a socket as parameter', 'postgres:///d?host=/tmp/sockets'],
  ['a socket: URL', 'socket:/tmp/sockets/?db=d&encoding=utf8'],
  ['a socket: URL with a user', 'socket://u:p@/tmp/sockets?db=d'],
  ['a path and a database', '/tmp/sockets d'],
  ['a URL of IPv6', 'postgres://u@[::1]:5/d'],
  ['a URL of another scheme', 'pg://u:p@h:5/d'],
  ['a URL without a host', 'postgres:///d'],
  ['a URL without a host but with a user', 'postgres://u:p@/d'],
  ['a URL without a path', 'postgres://u:p@h'],
  ['a URL with an empty password', 'postgres://u:@h/d', env],
  ['a URL with a port too large', 'postgres://h:99999/d'],
  ['a URL with a raw hash sign', 'postgres://u:p#w@h:5432/d'],
  ['a URL with two hosts', 'postgres://a:1,b:2/d'],
  ['ssl=true in a URL', 'postgres://h/d?ssl=true'],
  ['ssl=1 in a URL', 'postgres://h/d?ssl=1'],
  ['ssl=0 in a URL', 'postgres://h/d?ssl=0'],
  ['ssl=false in a URL', 'postgres://h/d?ssl=false'],
  ['ssl=no-verify in a URL', 'postgres://h/d?ssl=no-verify'],
  ['sslmode=disable in a URL', 'postgres://h/d?sslmode=disable'],
  ['sslmode=no-verify in a URL', 'postgres://h/d?sslmode=no-verify'],
  ['sslmode=verify-full in a URL', 'postgres://h/d?sslmode=verify-full'],
  ['sslmode of nonsense in a URL', 'postgres://h/d?sslmode=nonsense'],
  ['sslmode=require for libpq in a URL', 'postgres://h/d?sslmode=require&uselibpqcompat=true'],
  ['sslmode=verify-ca for libpq in a URL', 'postgres://h/d?sslmode=verify-ca&uselibpqcompat=true'],
  ['a missing certificate file in a URL', 'postgres://h/d?sslrootcert=/nonexistent/parity.crt'],
  ['sslnegotiation=direct in a URL', 'postgres://h/d?sslnegotiation=direct'],
  ['__proto__ in a URL', 'postgres://h/d?__proto__=polluted'],
  [
    'connectionString beside other keys',
    { connectionString: 'postgres://u@h/d', password: 'config', port: 99, application_name: 'app' },
    env,
  ],
  [
    'connectionString over every key',
    { connectionString: 'postgres://u:p@h:1/d', user: 'x', password: 'y', host: 'z', port: 2, database: 'w' },
  ],
  ['an empty connectionString', { connectionString: '', user: 'x', host: 'z' }],
  ['ssl true', { ssl: true }],
  ['ssl false over PGSSLMODE', { ssl: false }, { PGSSLMODE: 'require' }],
  ['ssl as text true', { ssl: 'true' }],
  ['ssl as text no-verify', { ssl: 'no-verify' }],
  ['ssl options', { ssl: { ca: 'c', rejectUnauthorized: false } }],
  ['ssl null over PGSSLMODE', { ssl: null }, { PGSSLMODE: 'require' }],
  ...['disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify', 'allow', ''].map((mode) => [
    `PGSSLMODE ${mode || 'empty'}`,
    {},
    { PGSSLMODE: mode },
  ]),
  ['sslnegotiation direct with ssl', { sslnegotiation: 'direct', ssl: true }],
  ['sslnegotiation direct without ssl', { sslnegotiation: 'direct' }],
  ['sslnegotiation of nonsense', { sslnegotiation: 'sometimes' }],
  ['sslnegotiation from the environment', { ssl: true }, { PGSSLNEGOTIATION: 'direct' }],
  ['sslnegotiation of nonsense from the environment', {}, { PGSSLNEGOTIATION: 'never' }],
  [
    'everything else from the environment',
    {},
    {
      PGAPPNAME: 'app',
      PGOPTIONS: '-c a=b',
      PGREPLICATION: 'database',
      PGCLIENT_ENCODING: 'latin1',
      PGBINARY: 'yes',
      PGCONNECT_TIMEOUT: '7',
    },
  ],
  [
    'every time limit',
    {
      statement_timeout: 1,
      lock_timeout: 2,
      idle_in_transaction_session_timeout: 3,
      query_timeout: 4,
      connectionTimeoutMillis: 5500,
    },
  ],
  ['names of applications', { application_name: 'a', fallback_application_name: 'f' }],
  ['replication', { replication: 'database' }],
  ['unknown keys', { queryMode: 'extended', max: 5, target_session_attrs: 'any', service: 's' }],
  ['a config without prototype', Object.assign(Object.create(null), { host: 'h' })],
  ['a class instance with getters', new (class { get host() { return 'getter' } })()], // prettier-ignore
]

parity.each(configs)(
  ([what]) => `C-1 to C-10, O-1 to O-7, S-1 to S-17: configuration by ${what}`,
  (context, [, config, variables]) => resolve(context, config, variables)
)

parity('S-6: an invalid URL does not show its password', async ({ pg, attempt }) => {
  const { threw } = attempt(() => new pg.Client('postgres://u:TOP-SECRET@h:99999/d'))
  return [threw.code, threw.input, require('util').inspect(threw).includes('TOP-SECRET')]
})

parity('C-1: the config of the caller is not touched', async ({ pg }) => {
  const config = { connectionString: 'postgres://u:p@h:1/d', max: 5, password: 'p' }
  new pg.Client(config)
  new pg.Pool(config)
  return config
})

// Ways to connect for real.
const part = encodeURIComponent
const ways = [
  ['an object', ({ config }) => [config, {}]],
  [
    'a URL',
    ({ config: c }) => [
      {
        connectionString: `postgres://${part(c.user)}:${part(c.password)}@${c.host}:${c.port}/${part(c.database)}`,
      },
      {},
    ],
  ],
  [
    'a URL with an application name',
    ({ config: c }) => [
      {
        connectionString: `postgresql://${part(c.user)}:${part(c.password)}@${c.host}:${c.port}/${part(c.database)}?application_name=from%20url`,
      },
      {},
    ],
  ],
  [
    'the environment',
    ({ config: c }) => [
      {},
      {
        PGUSER: c.user,
        PGPASSWORD: c.password,
        PGHOST: c.host,
        PGPORT: String(c.port),
        PGDATABASE: c.database,
        PGAPPNAME: 'from env',
      },
    ],
  ],
  [
    'a mix of all',
    ({ config: c }) => [
      { host: c.host, user: c.user },
      { PGPASSWORD: c.password, PGPORT: String(c.port), PGDATABASE: c.database, PGUSER: 'nobody' },
    ],
  ],
  ['options of the environment', ({ config }) => [config, { PGOPTIONS: '-c search_path=pg_catalog' }]],
  ['the name localhost', ({ config }) => [{ ...config, host: 'localhost' }, {}]],
  ['a port as text', ({ config }) => [{ ...config, port: String(config.port) }, {}]],
  ['a fallback application name', ({ config }) => [{ ...config, fallback_application_name: 'fallback' }, {}]],
  ['keepAlive', ({ config }) => [{ ...config, keepAlive: true, keepAliveInitialDelayMillis: 1000 }, {}]],
]

const ABOUT =
  "select current_user::text as u, current_database()::text as d, current_setting('application_name') as a, current_setting('search_path') as s"

for (const kind of ['Client', 'Pool']) {
  parity.each(ways)(
    ([what]) => `O-1 to O-6, O-16: a ${kind} connects by ${what}`,
    async (context, [, way]) => {
      const [config, variables] = way(context)
      return withEnvironment(variables, async () => {
        const session = new context.pg[kind](config)
        if (kind === 'Client') await session.connect()
        const { rows } = await session.query(ABOUT)
        await session.end()
        return rows
      })
    }
  )
}

parity('C-1: a Client connects by a URL as text', async ({ pg, config: c }) => {
  const client = new pg.Client(
    `postgres://${part(c.user)}:${part(c.password)}@${c.host}:${c.port}/${part(c.database)}`
  )
  await client.connect()
  const { rows } = await client.query(ABOUT)
  await client.end()
  return rows
})

parity('C-10, O-3: a Client connects by a unix socket', async ({ connect, socketDir }) => {
  const client = await connect({ host: socketDir() })
  const { rows } = await client.query('select inet_server_addr() as a, 1 as n')
  return [rows, client.connectionParameters.isDomainSocket]
})

parity('a Client connects by a unix socket in a URL', async ({ pg, config: c, socketDir }) => {
  const client = new pg.Client(
    `postgres://${part(c.user)}:${part(c.password)}@${part(socketDir())}:${c.port}/${part(c.database)}`
  )
  await client.connect()
  const { rows } = await client.query('select inet_server_addr() as a, 1 as n')
  await client.end()
  return rows
})

parity('a Pool of a text is refused', async ({ pg, attempt }) => {
  const { threw } = attempt(() => new pg.Pool('postgres://h/d'))
  return threw.constructor.name
})
