// A program against node-postgres, as applications write it. It compiles against @types/pg (tsconfig.pg.json) and, not
// a letter changed, against oxpg (tsconfig.oxpg.json, where `pg` is an alias).

import * as pg from 'pg'
import {
  BindConfig,
  Client,
  ClientBase,
  ClientConfig,
  Connection,
  ConnectionConfig,
  CustomTypesConfig,
  DatabaseError,
  Defaults,
  Events,
  ExecuteConfig,
  FieldDef,
  MessageConfig,
  Notification,
  Pool,
  PoolClient,
  PoolConfig,
  PoolOptions,
  Query,
  QueryArrayConfig,
  QueryArrayResult,
  QueryConfig,
  QueryConfigValues,
  QueryParse,
  QueryResult,
  QueryResultBase,
  QueryResultRow,
  Result,
  ResultBuilder,
  Submittable,
  TransactionStatus,
  TypeOverrides,
  defaults,
  escapeIdentifier,
  escapeLiteral,
  native,
  types,
} from 'pg'

interface User extends QueryResultRow {
  id: number
  name: string
}

// --- configuration ---

const clientConfig: ClientConfig = {
  user: 'ann',
  host: 'localhost',
  port: 5432,
  database: 'app',
  password: async () => 'secret',
  connectionString: process.env.DATABASE_URL,
  keepAlive: true,
  keepAliveInitialDelayMillis: 1000,
  statement_timeout: false,
  query_timeout: 1000,
  lock_timeout: 10,
  idle_in_transaction_session_timeout: 10,
  connectionTimeoutMillis: 500,
  application_name: 'app',
  fallback_application_name: 'fallback',
  client_encoding: 'UTF8',
  options: '-c search_path=app',
  sslnegotiation: 'direct',
  enableChannelBinding: true,
  pipeline: false,
  ssl: {
    rejectUnauthorized: false,
    ca: [Buffer.from('x')],
    key: 'k',
    cert: 'c',
    checkServerIdentity: () => undefined,
  },
  types: { getTypeParser: () => (text: string) => text },
}
const connectionConfig: ConnectionConfig = clientConfig
const poolConfig: PoolConfig = {
  ...connectionConfig,
  max: 5,
  min: 1,
  idleTimeoutMillis: null,
  log: (...messages: unknown[]) => console.log(messages),
  Promise,
  allowExitOnIdle: true,
  maxUses: 100,
  maxLifetimeSeconds: 60,
  Client,
  onConnect: async (client) => {
    await client.query('set timezone to utc')
  },
  verify: (client, done) => client.query('select 1', (err) => done(err)),
}
const password = clientConfig.password
if (typeof password === 'function') void Promise.resolve(password()).then((text) => text.length)

// --- client ---

class TracedClient extends Client {
  constructor(config?: string | ClientConfig) {
    super(config)
  }
}

async function clientProgram(): Promise<void> {
  const client = new TracedClient('postgres://localhost/app')
  const same: Client = await client.connect()
  const byConfig: QueryResult<User> = await client.query<User>({ name: 'n', text: 'select $1', values: [1] })
  const byText = await same.query<User>('select id, name from users where id = $1', [1])
  const id: number = byText.rows[0].id + byConfig.rows[0].id
  const count: number = byText.rowCount ?? 0
  const [field]: FieldDef[] = byText.fields
  const numbers: number[] = [
    field.dataTypeID,
    field.tableID,
    field.columnID,
    field.dataTypeSize,
    field.dataTypeModifier,
  ]
  const texts: string[] = [field.name, field.format, byText.command]
  const anything = await client.query('select 1 as one')
  console.log(id, count, numbers, texts, anything.rows[0].one.whatever)

  const arrayConfig: QueryArrayConfig = { text: 'select 1, 2', rowMode: 'array' }
  const arrays: QueryArrayResult = await client.query(arrayConfig)
  const pairs: QueryArrayResult<[number, string]> = await client.query<[number, string]>(arrayConfig, [])
  const two: string = pairs.rows[0][1]
  console.log(arrays.rows[0][0], two)

  const typed = await client.query<User, [number, string]>('select $1, $2', [1, 'x'])
  const base: QueryResultBase = typed
  console.log(base.oid)

  client.query('select 1', (err, result) => console.log(err.message, result.rows[0].anything))
  client.query<User>('select $1', [1], (err: Error, result: QueryResult<User>) =>
    console.log(err, result.rows[0].name)
  )
  client.query({ text: 'select 1', rowMode: 'array' }, (err: Error, result: QueryArrayResult) =>
    console.log(err, result.rows[0][0])
  )
  client.connect((err: Error) => console.log(err))
  client.end((err) => console.log(err))

  const status: TransactionStatus = client.getTransactionStatus()
  client.setTypeParser(types.builtins.INT8, (text: string) => BigInt(text))
  client.setTypeParser(types.builtins.INT8, 'text', parseInt)
  console.log(
    status,
    client.getTypeParser(20, 'text')('1'),
    client.escapeIdentifier('a'),
    client.escapeLiteral('b')
  )
  console.log(
    client.user,
    client.database,
    client.port.toFixed(),
    client.host.length,
    client.password,
    client.ssl
  )
  console.log(client.pipeline, client.connection.stream.destroyed)

  client
    .on('error', (err) => console.log(err.message))
    .on('connect', () => undefined)
    .on('drain', () => undefined)
    .on('end', () => undefined)
    .on('notice', (notice) => console.log(notice.severity, notice.message))
    .on('notification', (message: Notification) =>
      console.log(message.channel, message.payload, message.processId)
    )
  await client.end()
}

// --- pool ---

async function transaction<T>(pool: Pool, body: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    const result = await body(client)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback')
    if (error instanceof DatabaseError && error.code === '40001') console.log(error.detail, error.constraint)
    throw error
  } finally {
    client.release()
  }
}

async function poolProgram(): Promise<void> {
  const pool = new Pool(poolConfig)
  const options: PoolOptions = pool.options
  const counts: number[] = [
    pool.totalCount,
    pool.idleCount,
    pool.waitingCount,
    pool.expiredCount,
    options.max,
  ]
  console.log(counts, pool.ending, pool.ended)
  pool
    .on('error', (err, client) => console.log(err.message, client.release()))
    .on('connect', (client) => void client.query('set x = 1'))
    .on('acquire', (client: PoolClient) => void client)
    .on('remove', (client) => void client)
    .on('release', (err, client) => console.log(err, client))
  pool.once('connect', () => undefined)

  const inserted = await transaction(pool, (client) =>
    client.query<User>('insert into users default values returning *')
  )
  console.log(inserted.rows.map((user) => user.name.length))
  const { rows } = await pool.query('select $1::text as message', ['Hello world!'])
  const message: string = rows[0].message
  const arrays = await pool.query({ text: 'select 1', rowMode: 'array' as const })
  console.log(message, arrays.rows[0].length)

  pool.query('select 1', (err, result) => console.log(err, result.rowCount))
  pool.query('select $1', [1], (err, result) => console.log(err, result.rows))
  pool.connect((err, client, done) => {
    if (err || !client) return console.log(err)
    client.query('select 1', (queryError) => done(queryError))
    client.release(new Error('broken'))
    client.release(true)
  })
  pool.end(() => undefined)
  await pool.end()
}

class TenantPool extends Pool {
  constructor(private readonly tenant: string) {
    super({ max: 1 })
  }
  describe(): string {
    return `${this.tenant}: ${this.totalCount}`
  }
}

// --- helpers that take what both classes have ---

const helper = (db: ClientBase | Pool): Promise<QueryResult<User>> => db.query<User>('select 1')
const run = async <I extends any[]>(db: ClientBase, config: QueryConfig<I>, values?: QueryConfigValues<I>) =>
  values ? db.query(config, values) : db.query(config)
const listen = (events: Events) => events.on('error', (err, client) => console.log(err, client.host))

// --- queries with events, submittables ---

class Cursor implements Submittable {
  submit = (connection: Connection): void => {
    const parse: QueryParse = { name: '', text: 'select 1', types: [] }
    const bind: BindConfig = { portal: 'p', values: [null, 'x', Buffer.from('y')] }
    const execute: ExecuteConfig = { portal: 'p', rows: '1' }
    const describe: MessageConfig = { type: 'P', name: 'p' }
    connection.parse(parse, true)
    connection.bind(bind, true)
    connection.describe(describe, true)
    connection.execute(execute, true)
    connection.close(describe, true)
    connection.flush()
    connection.sync()
  }
  read(count: number): number {
    return count
  }
}

function eventProgram(client: Client, pool: Pool): void {
  const query = client.query(new Query<User>('select 1', [1]))
  query
    .on('row', (row: User, result?: ResultBuilder<User>) => result?.addRow(row))
    .on('end', (result) => console.log(result.rows.length))
    .on('error', (err) => console.log(err.message))
  new Query({ text: 'select 1' }, (err, result) => console.log(err, result.command))
  console.log(client.query(new Cursor()).read(5), pool.query(new Cursor()).read(6))
}

// --- types, defaults and helpers ---

const overrides = new TypeOverrides()
overrides.setTypeParser(types.builtins.DATE, (text: string) => text)
overrides.setTypeParser(17, 'binary', (bytes: Buffer) => bytes.length)
const custom: CustomTypesConfig = {
  getTypeParser: (oid: number, format?: string) =>
    oid === types.builtins.INT8 ? BigInt : types.getTypeParser(oid, format as 'text'),
}
new Pool({ types: overrides })
new Client({ types: custom })

types.setTypeParser(types.builtins.INT8, (text) => Number(text))
types.setTypeParser(1700, 'text', parseFloat)
defaults.parseInt8 = true
defaults.parseInputDatesAsUTC = true
defaults.poolSize = 5
const someDefaults: Defaults = defaults
console.log(someDefaults.host, escapeIdentifier('a'), escapeLiteral('b'))

const result: Result<User> = new Result('array', types)
console.log(result.rows[0]?.name, result.rowCount)
if (native) new native.Pool({ max: 1 }).end()
console.log(new pg.Pool() instanceof pg.Pool, pg.types.builtins.JSONB, pg.defaults.user, pg.native?.Client)

void [clientProgram, poolProgram, TenantPool, helper, run, listen, eventProgram]
