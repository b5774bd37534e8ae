// A library over node-postgres: deep imports, generics over pg's classes and functions, augmented options, extension
// packages. Like pg-program.ts it compiles, not a letter changed, against @types/pg and against oxpg.

import pg = require('pg')
import TypeOverrides = require('pg/lib/type-overrides')
import ConnectionParameters = require('pg/lib/connection-parameters')
import QueryStream = require('pg-query-stream')
import { NoticeMessage } from 'pg-protocol/dist/messages.js'
import {
  type Client,
  type ClientConfig,
  Pool,
  type PoolClient,
  type PoolConfig,
  type QueryConfig,
  type QueryResult,
  type QueryResultRow,
  types,
} from 'pg'

// --- options of one's own ---

declare module 'pg' {
  interface ClientConfig {
    tenant?: string | undefined
  }
  interface QueryConfig<I> {
    label?: string | undefined
    hint?: I | undefined
  }
  interface QueryResultBase {
    elapsed?: number
  }
}

const config: ClientConfig = { tenant: 'acme' }
const poolConfig: PoolConfig = { ...config, tenant: 'acme', max: 1 }
const labelled: QueryConfig<[number]> = { text: 'select $1', values: [1], label: 'one', hint: [1] }

// --- deep imports ---

const overrides = new TypeOverrides()
overrides.setTypeParser(types.builtins.INT8, BigInt)
overrides.setTypeParser(20, 'text', (text) => text.length)
overrides.setTypeParser(17, 'binary', (bytes) => bytes.byteLength)
const parsed: unknown = overrides.getTypeParser(20, 'text')(1)
const parameters = new ConnectionParameters({ host: 'localhost', port: 1, user: 'ann' })
const libpq: string = parameters.getLibpqConnectionString((error, text) => text ?? error?.message ?? '')
const host: string | undefined = parameters.host
const byUrl = new ConnectionParameters('postgres://localhost/app')
const same: pg.TypeOverrides = overrides

// --- types made of types ---

type Row = { id: number }
type PoolQuery = Pool['query']
type Lent = Awaited<ReturnType<Pool['connect']>>
type Options = NonNullable<ConstructorParameters<typeof pg.Pool>[0]>
type ClientOptions = ConstructorParameters<typeof pg.Client>[0]
type AnyPool = InstanceType<typeof pg.Pool>
type Database = Pick<pg.Pool, 'query' | 'connect'> | Pick<pg.PoolClient, 'query'>
const clientOptions: ClientOptions[] = ['postgres://localhost', { host: 'h' }, undefined]
const options: Options = { max: 1, ssl: { rejectUnauthorized: false } }

class Repository<T extends QueryResultRow> {
  constructor(
    private readonly db: Pool | PoolClient | Client,
    private readonly table: string
  ) {}

  async all(): Promise<T[]> {
    const { rows } = await this.db.query<T>(`select * from ${pg.escapeIdentifier(this.table)}`)
    return rows
  }

  async byId(id: number): Promise<T | undefined> {
    const query: QueryConfig<[number]> = {
      name: 'by-id',
      text: 'select * from t where id = $1',
      values: [id],
    }
    const result: QueryResult<T> = await this.db.query<T, [number]>(query)
    return result.rows.at(0)
  }

  async ids(): Promise<number[]> {
    const { rows } = await this.db.query<[number]>({ text: 'select id from t', rowMode: 'array' })
    return rows.map(([id]) => id)
  }
}

const repository = new Repository<Row>(new Pool(), 'rows')

// --- what tracing tools do ---

const query = pg.Client.prototype.query
pg.Client.prototype.query = function (this: Client, ...args: any[]) {
  return (query as any).apply(this, args)
} as typeof query

const connect: Pool['connect'] = Pool.prototype.connect
function isPool(value: unknown): value is pg.Pool {
  return value instanceof pg.Pool
}

// --- events, callbacks, abandoned listeners ---

function listen(pool: Pool, client: Client): void {
  const onError = (error: Error) => console.error(error.stack)
  pool.on('error', onError).removeListener('error', onError).off('error', onError)
  pool.on('release', (error: Error, lent: PoolClient) => console.log(error, lent.host))
  pool.once('remove', (lent: PoolClient) => lent.removeAllListeners())
  client.on('notice', (notice: NoticeMessage) => console.log(notice.code, notice.detail, notice.length))
  client.on('notification', ({ channel, payload = '', processId }) =>
    console.log(channel, payload, processId)
  )
  client.once('end', () => undefined)
  client.connect((error: Error | null) => console.log(error))
  pool.connect((error, lent, done) => {
    if (error) return done(error)
    lent?.query<Row>('select 1', (failure, { rows }) => done(failure && rows[0].id))
  })
  pool.query<Row, [number]>('select $1', [1], (error, { rows, rowCount, fields, command, oid }) =>
    console.log(error.message, rows[0].id, rowCount, fields[0].name, command, oid)
  )
  pool.end().then(() => undefined, onError)
  client.end((error) => console.log(error))
}

// --- streams and Submittables ---

async function stream(client: PoolClient, pool: Pool): Promise<number> {
  const rows = client.query(new QueryStream('select * from generate_series(0, $1)', [10], { batchSize: 5 }))
  let count = 0
  for await (const row of rows) count += row.n
  const readable: NodeJS.ReadableStream = rows
  pool.query(new QueryStream('select 1')).destroy()
  const text = client.query(new pg.Query<Row>('select 1'))
  text.on('row', ({ id }) => (count += id))
  return count + (readable.readable ? 1 : 0)
}

// --- errors ---

function describe(error: unknown): string {
  if (!(error instanceof pg.DatabaseError)) return String(error)
  const fields: Array<string | undefined> = [
    error.code,
    error.severity,
    error.detail,
    error.hint,
    error.position,
    error.internalPosition,
    error.internalQuery,
    error.where,
    error.schema,
    error.table,
    error.column,
    error.dataType,
    error.constraint,
    error.file,
    error.line,
    error.routine,
  ]
  return `${error.name} ${error.message} ${error.length} ${fields.join()}`
}

// --- parsers ---

types.setTypeParser(types.builtins.NUMERIC, (value: string) => Number(value))
types.setTypeParser(types.builtins.BYTEA, 'binary', (value) => value.length)
const parser: (text: string) => unknown = types.getTypeParser(types.builtins.DATE, 'text')
const perPool = new Pool({
  types: {
    getTypeParser: (oid: any, format?: any) => (oid === 20 ? BigInt : types.getTypeParser(oid, format)),
  },
})

export { PoolQuery, Lent, AnyPool, Database, Repository, isPool }
void [poolConfig, labelled, parsed, libpq, host, byUrl, same, clientOptions, options, repository, connect]
void [listen, stream, describe, parser, perPool]
