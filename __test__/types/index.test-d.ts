// What the declarations promise beyond compiling (tsd). That programs against @types/pg compile is shown by pg-program.ts.

import { Readable, Writable } from 'stream'
import * as pg from 'pg'
import { expectAssignable, expectError, expectNotAssignable, expectType } from 'tsd'
import * as oxpg from '../..'
import {
  Client,
  ClientConfig,
  ConnectionParameters,
  Cursor,
  DatabaseError,
  Pool,
  PoolClient,
  PoolConfig,
  Query,
  QueryArrayResult,
  QueryResult,
  Result,
  ResultLimitError,
  RowStream,
  TimeoutError,
  TimeoutPhase,
  TypeOverrides,
} from '../..'

interface User {
  id: number
}

declare const pool: Pool
declare const client: Client
declare const lent: PoolClient

// A library that asks for pg's objects takes ours.
expectAssignable<pg.Pool>(pool)
expectAssignable<pg.Client>(client)
expectAssignable<pg.ClientBase>(client)
expectAssignable<pg.PoolClient>(lent)
expectAssignable<pg.QueryResult>({} as QueryResult)
expectAssignable<pg.Result>({} as Result)
expectAssignable<pg.TypeOverrides>(new TypeOverrides())
expectAssignable<pg.CustomTypesConfig>(new TypeOverrides())
expectAssignable<typeof pg.types>(oxpg.types)

// Options for pg are options for us, and the other way round.
expectAssignable<ClientConfig>({} as pg.ClientConfig)
expectAssignable<PoolConfig>({} as pg.PoolConfig)
expectAssignable<pg.ClientConfig>({} as ClientConfig)
expectAssignable<oxpg.QueryConfig>({} as pg.QueryConfig)
expectAssignable<pg.QueryConfig>({} as oxpg.QueryConfig)

// The shape that kysely asks of a pool.
interface KyselyPool {
  connect(): Promise<{
    query<R>(
      sql: string,
      parameters: ReadonlyArray<unknown>
    ): Promise<{ command: string; rowCount: number | null; rows: R[] }>
    release(): void
  }>
  end(): Promise<void>
}
expectAssignable<KyselyPool>(pool)
expectType<Promise<PoolClient>>(pool.connect())

// Results.
expectType<Promise<QueryResult<User>>>(pool.query<User>('select 1'))
expectType<Promise<QueryResult<User>>>(client.query<User>('select $1', [1]))
expectType<Promise<QueryResult<User>>>(lent.query<User>({ name: 'n', text: 'select 1' }))
expectType<Promise<QueryArrayResult<[number]>>>(
  client.query<[number]>({ text: 'select 1', rowMode: 'array' })
)
expectType<Promise<QueryArrayResult<any[]>>>(pool.query({ text: 'select 1', rowMode: 'array' }))
expectType<void>(client.query('select 1', (_err, _result) => undefined))
expectType<Query>(client.query(new Query('select 1')))
expectType<Promise<Client>>(client.connect())
expectType<Promise<void>>(client.end())
expectType<Promise<void>>(pool.end())

// oxpg only.
expectType<Promise<QueryResult<any>>>(pool.query({ text: 'select 1', signal: new AbortController().signal }))
expectError(pool.query({ text: 'select 1', signal: 'now' }))
expectType<TimeoutPhase>(({} as TimeoutError).phase)
expectAssignable<TimeoutPhase>('queue')
expectNotAssignable<TimeoutPhase>('lunch')
expectType<number | null>(client.processID)
expectType<ConnectionParameters>(client.connectionParameters)
expectAssignable<ClientConfig>({
  password: (parameters: ConnectionParameters) => `token for ${parameters.host}`,
})
expectType<string | Buffer | null>(oxpg.utils.prepareValue(1))

// Errors of the server.
expectType<string | undefined>(({} as DatabaseError).code)
expectAssignable<Error>({} as DatabaseError)

// What is no value at run time is none here.
expectError(oxpg.ClientBase)
expectError(oxpg.Events)

// What cannot work does not compile.
expectError(client.query())
expectError(client.query('select $1', 5))
expectError(client.query('select $1', [1], 'no callback'))
expectError(new Pool({ max: 'ten' }))
expectError(new Pool('postgres://localhost')) // a TypeError at run time, as with pg
expectError(new Client({ sslnegotiation: 'later' }))
expectType<Client>(new Client({ channel_binding: 'require' }))
expectType<Pool>(new Pool({ channel_binding: 'prefer' }))
expectError(new Client({ channel_binding: 'yes' }))
expectError(lent.release(5))
expectError(client.release())
expectError(pool.on('acquired', () => undefined))
expectError(client.on('rows', () => undefined))

// Cursors and streams have the types of their rows.
expectType<Cursor<User>>(client.cursor<User>('SELECT id FROM users'))
expectType<Cursor<User>>(lent.cursor<User>('SELECT id FROM users WHERE id > $1', [1], { batchSize: 10 }))
expectType<Cursor<[number]>>(client.cursor<[number]>({ text: 'SELECT 1', rowMode: 'array' }))
expectType<Cursor<any[]>>(client.cursor('SELECT 1', { rowMode: 'array' }))
expectType<Promise<User[]>>(client.cursor<User>('SELECT id FROM users').read(5))
expectType<RowStream<User>>(pool.stream<User>('SELECT id FROM users', null, { highWaterMark: 5 }))
expectError(client.cursor())
expectError(client.cursor('SELECT 1', { batchSize: '10' }))

async function typedLoops() {
  for await (const user of client.cursor<User>('SELECT id FROM users')) expectType<User>(user)
  for await (const users of client.cursor<User>('SELECT id FROM users').batches()) expectType<User[]>(users)
  for await (const user of pool.stream<User>('SELECT id FROM users')) expectType<User>(user)
}
void typedLoops

expectAssignable<Writable>(client.copyFrom('COPY users FROM STDIN'))
expectAssignable<Readable>(pool.copyTo('COPY users TO STDOUT', { signal: new AbortController().signal }))
expectType<number | null>(pool.copyFrom('COPY users FROM STDIN').rowCount)
expectAssignable<PoolConfig>({ maxResultBytes: 1e6, maxFieldBytes: 1e6 })
expectAssignable<string>({} as ResultLimitError['code'])
