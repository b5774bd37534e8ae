// Public types of oxpg. A program that compiles against @types/pg 8.23 compiles against these: names, generics and
// overloads are the same. What oxpg has beyond pg is marked "oxpg only".

/// <reference types="node" />

import events = require('events')
import stream = require('stream')
import pgTypes = require('pg-types')
import { ConnectionOptions } from 'tls'
import { NoticeMessage } from 'pg-protocol/dist/messages.js'
import * as Pg from '.'

// ---------------------------------------------------------------------------------------------------------------------
// Configuration
// ---------------------------------------------------------------------------------------------------------------------

/**
 * How a {@link Client} connects and behaves.
 *
 * Where an option is missing or falsy (`''`, `0`, `null`, `false`), its environment variable counts, then the value in
 * {@link defaults}.
 */
export interface ClientConfig {
  /** The role to log in as. Environment: `PGUSER`; default: the name of the operating system's user. */
  user?: string | undefined
  /** The database. Environment: `PGDATABASE`; default: the same name as `user`. */
  database?: string | undefined
  /**
   * The password, or a function that gives it. The function is called when the server asks for a password, once per
   * connection, with the connection's parameters; what it throws is what `connect()` rejects with. Where there is none,
   * the password file (`PGPASSFILE`, `~/.pgpass`) is asked. Environment: `PGPASSWORD`.
   */
  password?: string | ((parameters?: any) => string | Promise<string>) | undefined
  /** The TCP port, or the number in the name of the socket file. Environment: `PGPORT`; default: 5432. */
  port?: number | undefined
  /**
   * A host name, an IP address, or the directory of a unix socket (it starts with `/`). Environment: `PGHOST`;
   * default: `localhost`.
   */
  host?: string | undefined
  /**
   * `postgres://user:password@host:port/database?option=value`. What it contains wins over the other options here, even
   * where it contains an empty part. An invalid one throws `TypeError` (code `ERR_INVALID_URL`) from the constructor.
   */
  connectionString?: string | undefined
  /** Whether TCP keepalive is on. Default: false. */
  keepAlive?: boolean | undefined
  /**
   * A function that gives the socket to use. Not supported yet in this version: `connect()` rejects with code
   * `ERR_OXPG_UNSUPPORTED_OPTION`.
   */
  stream?: () => stream.Duplex | undefined
  /** The server cancels a statement that runs longer, in milliseconds (SQLSTATE 57014). Default: false, no limit. */
  statement_timeout?: false | number | undefined
  /**
   * TLS: `true` verifies the server against Node's roots; an object takes `ca`, `cert`, `key`, `rejectUnauthorized` and
   * `servername` as Node's `tls.connect` does. There is no fallback to plain text. Any other option of `tls.connect`
   * that would change the connection makes `connect()` reject with code `ERR_OXPG_UNSUPPORTED_OPTION` in this version.
   * Environment: `PGSSLMODE`; default: false.
   */
  ssl?: boolean | ConnectionOptions | undefined
  /** Use SCRAM-SHA-256-PLUS where the server offers it. Default: false. */
  enableChannelBinding?: boolean | undefined
  /**
   * The most SCRAM iterations that a server may demand; 0 means any number. More is an error of `connect()`.
   * Default: 100000.
   */
  scramMaxIterations?: number | string | undefined
  /**
   * How TLS begins: `postgres` asks the server first, `direct` starts TLS with the first byte (PostgreSQL 17).
   * Environment: `PGSSLNEGOTIATION`; default: `postgres`. Another value, or `direct` without `ssl`, throws from the
   * constructor.
   */
  sslnegotiation?: 'postgres' | 'direct' | undefined
  /** How long a query may take, in milliseconds, before it fails with `Query read timeout`. Default: no limit. */
  query_timeout?: number | undefined
  /** The server gives up waiting for a lock after so many milliseconds (SQLSTATE 55P03). Default: no limit. */
  lock_timeout?: number | undefined
  /** Idle time before the first keepalive probe, in milliseconds. Default: 0, the system's setting. */
  keepAliveInitialDelayMillis?: number | undefined
  /** The server ends a session that idles in a transaction longer, in milliseconds (25P03). Default: no limit. */
  idle_in_transaction_session_timeout?: number | undefined
  /** The name in `pg_stat_activity`. Environment: `PGAPPNAME`. */
  application_name?: string | undefined
  /** The name to use where `application_name` is empty. */
  fallback_application_name?: string | undefined
  /**
   * How long `connect()` may take, in milliseconds: DNS, TCP, TLS and authentication together. Then it rejects with
   * `timeout expired` (see {@link TimeoutError}). Default: 0, no limit.
   */
  connectionTimeoutMillis?: number | undefined
  /** Type parsers of this client; what they do not know must come from somewhere, usually {@link types}. */
  types?: CustomTypesConfig | undefined
  /** Command-line options for the server process, such as `-c search_path=app`. Environment: `PGOPTIONS`. */
  options?: string | undefined
  /** Kept for its place in {@link ConnectionParameters}; the session always speaks UTF-8, as with pg. */
  client_encoding?: string | undefined
  /** Start the session in replication mode: `true` or `database`. Environment: `PGREPLICATION`. */
  replication?: string | boolean | undefined
  /**
   * Send a query as soon as it is made, before the answers of earlier ones. Not supported yet: with `true`, `connect()`
   * rejects with `ERR_OXPG_UNSUPPORTED_OPTION`. Default: false.
   */
  pipeline?: boolean | undefined
  /** Ask for results in binary format where a query does not say. Default: false. */
  binary?: boolean | undefined
  /**
   * oxpg only: the most bytes that the rows of one query, or of one page of a cursor, may have together; as they travel,
   * so in text form. Beyond it the query rejects with {@link ResultLimitError}, the rest is thrown away as it comes (and
   * cancelled on the server if it is longer than 1 MiB), and the connection goes on. Default: 0, no limit.
   */
  maxResultBytes?: number | undefined
  /**
   * oxpg only: the most bytes that a single value may have, in text form. A larger one is never held in memory; the query
   * rejects with {@link ResultLimitError} and the connection goes on. Default: 0, no limit.
   */
  maxFieldBytes?: number | undefined
}

/** Another name of {@link ClientConfig}. */
export type ConnectionConfig = ClientConfig

/** The shape of {@link defaults}. */
export interface Defaults extends ClientConfig {
  poolSize?: number | undefined
  poolIdleTimeout?: number | undefined
  reapIntervalMillis?: number | undefined
  binary?: boolean | undefined
  /** Write only: `true` makes `int8` and `int8[]` numbers in all clients, `false` strings again. */
  parseInt8?: boolean | undefined
  /** Whether `Date` parameters are sent in UTC; else in the process's time zone with its offset. Default: false. */
  parseInputDatesAsUTC?: boolean | undefined
}

/** How a {@link Pool} works. Every option of {@link ClientConfig} goes to its clients. */
export interface PoolConfig extends ClientConfig {
  /** The most connections open at once. Default: 10. */
  max?: number | undefined
  /** Another name of `max`. */
  poolSize?: number | undefined
  /** So many connections are not closed for being idle. None is opened in advance. Default: 0. */
  min?: number | undefined
  /** How long a connection may idle in the pool, in milliseconds; 0 or null means for ever. Default: 10000. */
  idleTimeoutMillis?: number | undefined | null
  /** Called with what the pool does, for debugging. */
  log?: ((...messages: any[]) => void) | undefined
  /** The promise implementation to use. Deprecated in pg. */
  Promise?: PromiseConstructorLike | undefined
  /** Let the process exit while connections idle in the pool. Default: false. */
  allowExitOnIdle?: boolean | undefined
  /** A connection is closed after so many checkouts. Default: no limit. */
  maxUses?: number | undefined
  /** A connection is closed at this age, in seconds, when nobody uses it. Default: 0, no limit. */
  maxLifetimeSeconds?: number | undefined
  /** The class of the pool's clients. Default: {@link Client}. */
  Client?: (new () => ClientBase) | undefined
  /**
   * Prepares a new connection before its first use; it may be async. Where it throws or rejects, the connection is closed
   * and the caller gets the error.
   */
  onConnect?: ((client: ClientBase) => void) | undefined
  /** Checks a new connection after `connect`; an error given to `done` closes it and goes to the caller. */
  verify?: VerifyFunction | undefined
}

// Declared as a method, whose parameters are bivariant, and with what @types/pg's PoolClient has too: so pools and options
// cross between its types and ours, in both directions.
type VerifyFunction = { verify(client: LentClient, done: (err?: Error) => void): void }['verify']
interface LentClient extends ClientBase {
  release(err?: Error | boolean): void
}

/** A pool's effective options, defaults filled in. The password is there, but not enumerable. */
export interface PoolOptions extends PoolConfig {
  max: number
  maxUses: number
  allowExitOnIdle: boolean
  maxLifetimeSeconds: number
  idleTimeoutMillis: number | null
}

/** What a client made of its config, the connection string, the environment and the defaults. */
export interface ConnectionParameters {
  user?: string | undefined
  database?: string | undefined
  /** Not enumerable, so that it does not end up in logs. */
  password?: string | ((parameters?: any) => string | Promise<string>) | null | undefined
  port: number
  host: string
  binary?: unknown
  options?: string | undefined
  ssl?: boolean | ConnectionOptions | undefined
  sslnegotiation?: 'postgres' | 'direct' | undefined
  client_encoding?: string | undefined
  replication?: string | boolean | undefined
  /** Whether `host` is the directory of a unix socket. */
  isDomainSocket: boolean
  application_name?: string | undefined
  fallback_application_name?: string | undefined
  statement_timeout?: false | number | undefined
  lock_timeout?: false | number | undefined
  idle_in_transaction_session_timeout?: false | number | undefined
  /** Read at every query. Milliseconds. */
  query_timeout?: false | number | undefined
  connect_timeout?: unknown
}

// ---------------------------------------------------------------------------------------------------------------------
// Queries and results
// ---------------------------------------------------------------------------------------------------------------------

/** The type of a query's values: an array. */
export type QueryConfigValues<T> = T extends Array<infer U> ? T : never

/** A query as an object. It is never changed, so that one object can serve many calls. */
export interface QueryConfig<I = any[]> {
  /**
   * Names a prepared statement: parsed once per connection, then only executed. One name for two texts is the error
   * `Prepared statements must be unique - 'NAME' was used for a different statement`.
   */
  name?: string | undefined
  /** The SQL. Several statements are allowed where there are no values, and give an array of results. */
  text: string
  /** The values of `$1`, `$2`, ... Dates, arrays, buffers and objects are converted as in pg. At most 65535. */
  values?: QueryConfigValues<I>
  /** Type parsers of this query alone. */
  types?: CustomTypesConfig | undefined
  /** How long this query may take, in milliseconds, before it fails with `Query read timeout`. */
  query_timeout?: number | undefined
  /** `extended` uses the extended protocol even where there are no values. */
  queryMode?: string | undefined
  /** Ask for the result in binary format (extended protocol). */
  binary?: boolean | undefined
  /** The portal's name in the extended protocol. Default: the unnamed one. */
  portal?: string | undefined
  /** Fetch so many rows at a time; the result holds all of them still. */
  rows?: number | undefined
  /** oxpg only: aborting it cancels the query on the server. */
  signal?: AbortSignal | undefined
  /** oxpg only: {@link ClientConfig.maxResultBytes} for this query alone; 0 means no limit. */
  maxResultBytes?: number | undefined
  /** oxpg only: {@link ClientConfig.maxFieldBytes} for this query alone; 0 means no limit. */
  maxFieldBytes?: number | undefined
}

/** A query whose rows come as arrays, in the order of the columns. */
export interface QueryArrayConfig<I = any[]> extends QueryConfig<I> {
  rowMode: 'array'
}

/** Something that chooses type parsers. */
export interface CustomTypesConfig {
  /** Called once per column with the type's oid and `text` or `binary`; gives a function of the column's text. */
  getTypeParser: typeof pgTypes.getTypeParser
}

/** A query that speaks the protocol itself, such as pg-cursor and pg-query-stream. */
export interface Submittable {
  submit: (connection: Connection) => void
}

/** A column of a result. */
export interface FieldDef {
  /** The column's name or alias. */
  name: string
  /** The oid of the table it comes from, or 0. */
  tableID: number
  /** Its number in that table, or 0. */
  columnID: number
  /** The oid of its type. */
  dataTypeID: number
  /** The type's size in bytes; negative where it varies. */
  dataTypeSize: number
  /** The type's modifier, such as the length of a `varchar` plus 4; -1 where there is none. */
  dataTypeModifier: number
  /** `text` or `binary`. */
  format: string
}

/** What all results have. */
export interface QueryResultBase {
  /** The first word of the command tag, such as `SELECT`; null for an empty query. */
  command: string
  /** The rows that were returned or changed; null where the command does not count any. */
  rowCount: number | null
  /** The first number of `INSERT`'s tag, 0 with any current server; else null. */
  oid: number
  /** The columns, also where there are no rows. Empty for a command that returns none. */
  fields: FieldDef[]
}

/** A row: values by column name. Of columns with one name the last one wins. */
export interface QueryResultRow {
  [column: string]: any
}

/** A result with rows as objects. */
export interface QueryResult<R extends QueryResultRow = any> extends QueryResultBase {
  rows: R[]
}

/** A result with rows as arrays (`rowMode: 'array'`). */
export interface QueryArrayResult<R extends any[] = any[]> extends QueryResultBase {
  rows: R[]
}

/** A result that is being filled, as {@link Query} events give it. */
export interface ResultBuilder<R extends QueryResultRow = any> extends QueryResult<R> {
  addRow(row: R): void
}

/** What `NOTIFY` sends to a client that listens. */
export interface Notification {
  /** The process id of the session that notified. */
  processId: number
  channel: string
  payload?: string | undefined
}

/** `I` idle, `T` in a transaction, `E` in a failed transaction, null before the connection is ready. */
export type TransactionStatus = 'I' | 'T' | 'E' | null

/** Where the time of a checkout or a connect went. oxpg only. */
export type TimeoutPhase = 'queue' | 'dns' | 'tcp' | 'tls' | 'auth'

/**
 * The error of a connect or a checkout that took too long. `message` is pg's: `timeout expired` (client),
 * `timeout exceeded when trying to connect` (pool, waiting), `Connection terminated due to connection timeout` (pool,
 * connecting). oxpg only: `phase`.
 */
export interface TimeoutError extends Error {
  phase: TimeoutPhase
}

/** The error of a query whose result passed `maxResultBytes` or `maxFieldBytes`. oxpg only. */
export interface ResultLimitError extends Error {
  code: 'ERR_OXPG_RESULT_TOO_LARGE' | 'ERR_OXPG_FIELD_TOO_LARGE'
}

// ---------------------------------------------------------------------------------------------------------------------
// Cursors, row streams, COPY. All of it is oxpg only: docs/streaming.md
// ---------------------------------------------------------------------------------------------------------------------

/** How a {@link Cursor} works. */
export interface CursorOptions {
  /** Rows per page. Default: 100. */
  batchSize?: number | undefined
  /** `array` for rows as arrays, in the order of the columns. */
  rowMode?: 'array' | undefined
  /** Type parsers of this query alone. */
  types?: CustomTypesConfig | undefined
  /** Aborting it ends the cursor with an `AbortError`; a page that is being made is cancelled on the server. */
  signal?: AbortSignal | undefined
  /** How long one page may take, in milliseconds. Default: the client's `query_timeout`. */
  query_timeout?: number | undefined
  /** Ask for the rows in binary format. */
  binary?: boolean | undefined
  /** Names a prepared statement, as in {@link QueryConfig}. */
  name?: string | undefined
  /** The most bytes of one page. Default: the client's `maxResultBytes`. */
  maxResultBytes?: number | undefined
  /** The most bytes of one value. Default: the client's `maxFieldBytes`. */
  maxFieldBytes?: number | undefined
}

/** {@link CursorOptions} with the query itself. */
export interface CursorConfig<I = any[]> extends CursorOptions {
  /** The SQL: one statement. */
  text: string
  /** The values of `$1`, `$2`, ... */
  values?: QueryConfigValues<I>
}

/** How a {@link RowStream} works. */
export interface RowStreamOptions extends CursorOptions {
  /** Rows that the stream holds before it waits for its reader. Default: `batchSize`. */
  highWaterMark?: number | undefined
}

/** {@link RowStreamOptions} with the query itself. */
export interface RowStreamConfig<I = any[]> extends RowStreamOptions {
  text: string
  values?: QueryConfigValues<I>
}

/**
 * The rows of a query, fetched a page at a time when they are asked for: `for await (const row of client.cursor(...))`.
 *
 * It begins with the first read and takes its turn among the client's queries; whatever is queued behind it waits until it
 * is over. It is over after the last row, after `close()`, after `break`, `return` or `throw` in the loop, after an error,
 * and when its signal aborts. The client is free then.
 */
declare class Cursor<R = any> implements AsyncIterable<R> {
  private constructor()
  /** The columns; empty before the first page has come. */
  readonly fields: FieldDef[]
  /**
   * The next rows, up to `rows` (default: `batchSize`); an empty array means that there are no more. Reads are answered in
   * order. Rejects as {@link Client.query} does, and with an `AbortError` where the signal aborts; every read after that
   * rejects with the same error. Throws `RangeError` (`ERR_OUT_OF_RANGE`) where `rows` is no number of rows.
   */
  read(rows?: number): Promise<R[]>
  /** Ends the cursor; a page that is being made still comes. Resolves when the client is free. Never rejects. */
  close(): Promise<void>
  /** The rows in arrays of up to `batchSize`: less work per row where rows are few bytes. */
  batches(): AsyncGenerator<R[], void, undefined>
  [Symbol.asyncIterator](): AsyncIterator<R, any, undefined>
}

/** The rows of a query as a stream of objects; `for await` works too. See {@link Pool.stream}. */
declare class RowStream<R = any> extends stream.Readable {
  private constructor()
  [Symbol.asyncIterator](): NodeJS.AsyncIterator<R>
}

/** How a COPY stream works. */
export interface CopyOptions {
  /** Aborting it destroys the stream with an `AbortError` and stops the COPY on the server. */
  signal?: AbortSignal | undefined
  /** Bytes that the stream holds before it makes its writer, or the server, wait. Default: 65536. */
  highWaterMark?: number | undefined
}

/** Takes the bytes of a `COPY ... FROM STDIN`. `finish` comes when the server has confirmed the rows. */
declare class CopyFromStream extends stream.Writable {
  private constructor()
  /** Bytes written so far. */
  readonly bytes: number
  /** The rows that the server took; null until `finish`. */
  readonly rowCount: number | null
}

/** Gives the bytes of a `COPY ... TO STDOUT`, in buffers of up to about 64 KiB that may end within a row. */
declare class CopyToStream extends stream.Readable {
  private constructor()
  /** Bytes read so far. */
  readonly bytes: number
  /** The rows that the server gave; null until `end`. */
  readonly rowCount: number | null
}

/**
 * One statement's result. {@link QueryResult} is its interface; the class is here for those who fill one, such as
 * pg-cursor.
 */
export class Result<R extends QueryResultRow = any> implements QueryResult<R> {
  command: string
  rowCount: number | null
  oid: number
  fields: FieldDef[]
  rows: R[]

  /**
   * @param rowMode `array` for rows as arrays
   * @param t where to find type parsers
   */
  constructor(rowMode: string, t: typeof types)

  /** Starts a set of rows: remembers the columns and chooses their parsers. */
  addFields(fieldDescriptions: FieldDef[]): void
  /** Makes a row of the columns' texts; null is SQL NULL. */
  parseRow(rowData: Array<string | null>): R
  addRow(row: R): void
  /** Reads a command tag: `{ text: 'INSERT 0 3' }`. */
  addCommandComplete(msg: { text?: string | undefined; command?: string | undefined }): void
}

/**
 * A query with events, for `client.query(new Query(...))`. Without a callback it emits `row` for each row, and `end` or
 * `error` at last; an `error` that nobody listens to is thrown.
 */
export class Query<R extends QueryResultRow = any, I extends any[] = any>
  extends events.EventEmitter
  implements Submittable
{
  constructor(
    queryTextOrConfig?: string | QueryConfig<I>,
    callback?: (error: Error | undefined, result: ResultBuilder<R>) => void
  )
  constructor(
    queryTextOrConfig?: string | QueryConfig<I>,
    values?: I,
    callback?: (error: Error | undefined, result: ResultBuilder<R>) => void
  )
  submit: (connection: Connection) => void
  on<E extends 'row' | 'error' | 'end'>(
    event: E,
    listener: E extends 'row'
      ? (row: R, result?: ResultBuilder<R>) => void
      : E extends 'error'
        ? (err: Error) => void
        : (result: ResultBuilder<R>) => void
  ): this
}

// ---------------------------------------------------------------------------------------------------------------------
// Client
// ---------------------------------------------------------------------------------------------------------------------

/**
 * What {@link Client} and {@link PoolClient} have in common. A type alone: at run time there is no such class, neither here
 * nor in pg.
 */
declare class ClientBase extends events.EventEmitter {
  constructor(config?: string | ClientConfig)

  /**
   * Connects and logs in. Resolves to the client itself. Queries may be made before; they run afterwards.
   *
   * Rejects with a system error of Node (`ECONNREFUSED`, `ENOTFOUND`, ...; `AggregateError` where several addresses
   * failed), a {@link DatabaseError} (wrong password `28P01`, no such database `3D000`, ...), a TLS error with Node's code,
   * or {@link TimeoutError}. A client connects once: the second call rejects.
   */
  connect(): Promise<ClientBase>
  connect(callback: ((err: Error) => void) | ((err: null, c: ClientBase) => void)): void

  /**
   * Runs a query; queries of one client run one after the other. Resolves to its result, or to an array of results
   * where the text has several statements.
   *
   * Rejects with a {@link DatabaseError} where the server refuses, `Query read timeout` after `query_timeout`, and
   * `Connection terminated unexpectedly` where the connection is lost. Throws `TypeError` at once where the query is null
   * or the callback is no function.
   */
  query<T extends Submittable>(queryStream: T): T
  query<R extends any[] = any[], I = any[]>(
    queryConfig: QueryArrayConfig<I>,
    values?: QueryConfigValues<I>
  ): Promise<QueryArrayResult<R>>
  query<R extends QueryResultRow = any, I = any>(queryConfig: QueryConfig<I>): Promise<QueryResult<R>>
  query<R extends QueryResultRow = any, I = any[]>(
    queryTextOrConfig: string | QueryConfig<I>,
    values?: QueryConfigValues<I>
  ): Promise<QueryResult<R>>
  query<R extends any[] = any[], I = any[]>(
    queryConfig: QueryArrayConfig<I>,
    callback: (err: Error, result: QueryArrayResult<R>) => void
  ): void
  query<R extends QueryResultRow = any, I = any[]>(
    queryTextOrConfig: string | QueryConfig<I>,
    callback: (err: Error, result: QueryResult<R>) => void
  ): void
  query<R extends QueryResultRow = any, I = any[]>(
    queryText: string,
    values: QueryConfigValues<I>,
    callback: (err: Error, result: QueryResult<R>) => void
  ): void

  /** See {@link Client.copyFrom}. */
  copyFrom(queryText: string): stream.Writable
  /** See {@link Client.copyTo}. */
  copyTo(queryText: string): stream.Readable
  /** @deprecated Does not exist, as in pg; declared because @types/pg declares it. */
  pauseDrain(): void
  /** @deprecated Does not exist, as in pg; declared because @types/pg declares it. */
  resumeDrain(): void

  escapeIdentifier: typeof escapeIdentifier
  escapeLiteral: typeof escapeLiteral
  /** Sets the parser of a type for this client, from its next result on. */
  setTypeParser: typeof pgTypes.setTypeParser
  /** The parser of a type as this client sees it. */
  getTypeParser: typeof pgTypes.getTypeParser

  /** The transaction status of the last answer that ended. */
  getTransactionStatus(): TransactionStatus

  /**
   * - `connect`: the connection is ready.
   * - `drain`: all queries are done.
   * - `error`: the connection failed while it was idle, or beyond the query that was running. Thrown if nobody listens.
   * - `notice`: the server's notices and warnings. They are no errors.
   * - `notification`: a `NOTIFY` on a channel that this client listens to.
   * - `end`: the connection is closed.
   */
  on<E extends 'connect' | 'drain' | 'error' | 'notice' | 'notification' | 'end'>(
    event: E,
    listener: E extends 'connect' | 'drain' | 'end'
      ? () => void
      : E extends 'error'
        ? (err: Error) => void
        : E extends 'notice'
          ? (notice: NoticeMessage) => void
          : (message: Notification) => void
  ): this
}

/** One connection to a server. */
export class Client extends ClientBase {
  user?: string | undefined
  database?: string | undefined
  port: number
  host: string
  /** Not enumerable, so that it does not end up in logs. */
  password?: string | undefined
  /** Whether TLS is on. At run time it is the object with TLS options where the config has one. */
  ssl: boolean
  readonly pipeline: boolean
  /** The process id of the server's session, as in `pg_stat_activity`; null before the connection is ready. */
  readonly processID: number | null
  /** The secret that a cancel request needs; null before the connection is ready. */
  readonly secretKey: number | null
  /** What the client made of its config. */
  readonly connectionParameters: ConnectionParameters
  /** The protocol's lower level, for extensions. */
  readonly connection: Connection

  /**
   * @param config a connection string, or options; what is missing comes from the environment and {@link defaults}
   * @throws TypeError `ERR_INVALID_URL` for an invalid connection string; Error for an invalid `sslnegotiation`
   */
  constructor(config?: string | ClientConfig)

  connect(): Promise<Client>
  connect(callback: ((err: Error) => void) | ((err: null, c: Client) => void)): void

  /**
   * oxpg only: the rows of a query a page at a time, as they are asked for. Throws `RangeError` (`ERR_OUT_OF_RANGE`) where
   * `batchSize` is no number of rows. Not on a client with `pipeline: true` (`ERR_OXPG_PIPELINE`).
   */
  cursor<R extends any[] = any[]>(
    text: string,
    values: any[] | null | undefined,
    options: CursorOptions & { rowMode: 'array' }
  ): Cursor<R>
  cursor<R extends any[] = any[]>(config: CursorConfig & { rowMode: 'array' }): Cursor<R>
  cursor<R extends any[] = any[]>(text: string, options: CursorOptions & { rowMode: 'array' }): Cursor<R>
  cursor<R extends QueryResultRow = any>(config: CursorConfig): Cursor<R>
  cursor<R extends QueryResultRow = any>(text: string, options?: CursorOptions): Cursor<R>
  cursor<R extends QueryResultRow = any>(
    text: string,
    values: any[] | null | undefined,
    options?: CursorOptions
  ): Cursor<R>

  /**
   * oxpg only: takes the bytes of `COPY ... FROM STDIN`. It begins with the first write, or with `end()`. Its errors are
   * those of the server, or `ERR_OXPG_NOT_COPY` where the statement is none of that form. `destroy()` before `finish` has
   * the COPY fail: nothing is copied.
   */
  copyFrom(queryText: string, options?: CopyOptions): CopyFromStream
  /**
   * oxpg only: gives the bytes of `COPY ... TO STDOUT`. It begins with the first read. Its errors are those of the server,
   * or `ERR_OXPG_NOT_COPY` where the statement is none of that form. `destroy()` before `end` cancels it on the server.
   */
  copyTo(queryText: string, options?: CopyOptions): CopyToStream

  /**
   * Closes the connection. Resolves when the socket is closed, also where it never was open and at every further call.
   * A query that is running, and those behind it, fail with `Connection terminated`.
   */
  end(): Promise<void>
  end(callback: (err: Error) => void): void

  /** Keeps the process alive while the connection is open, which is the default. */
  ref(): void
  /** Lets the process exit while the connection is open. */
  unref(): void
}

/** A client that a {@link Pool} lent. */
export interface PoolClient extends Client {
  /**
   * Gives the client back; it must not be used any more. `true` or an error closes the connection.
   *
   * @throws Error `Release called on client which has already been released to the pool.` at the second call
   */
  release(err?: Error | boolean): void
}

// ---------------------------------------------------------------------------------------------------------------------
// Pool
// ---------------------------------------------------------------------------------------------------------------------

/**
 * A pool of connections. It opens them on demand, up to `max`, hands out the one that idled the shortest, and serves
 * waiting callers in their order.
 *
 * Listen to `error`: an idle connection that the server closes is reported there, and the process ends if nobody does.
 */
export class Pool extends events.EventEmitter {
  /** @param config the pool's options; those of its clients beside them */
  constructor(config?: PoolConfig)

  /** Connections that are open or being opened. */
  readonly totalCount: number
  /** Open connections that nobody uses. */
  readonly idleCount: number
  /** Callers that wait for a connection. */
  readonly waitingCount: number
  /** Connections in use that are past their lifetime. */
  readonly expiredCount: number

  /** Whether `end()` was called. */
  readonly ending: boolean
  /** Whether `end()` has finished. */
  readonly ended: boolean

  options: PoolOptions

  /**
   * Lends a client. Give it back with `client.release()`.
   *
   * Rejects as {@link Client.connect} does where a new connection fails, with {@link TimeoutError} after
   * `connectionTimeoutMillis`, waiting included, and with `Cannot use a pool after calling end on the pool`.
   */
  connect(): Promise<PoolClient>
  connect(
    callback: (err: Error | undefined, client: PoolClient | undefined, done: (release?: any) => void) => void
  ): void

  /**
   * Closes the pool: idle connections at once, those in use when they are released. Resolves when none is left. The
   * second call rejects with `Called end on pool more than once`.
   */
  end(): Promise<void>
  end(callback: () => void): void

  /**
   * Runs one query on any connection and gives the connection back. Not for transactions: two calls may use two
   * connections. Resolves and rejects as {@link Pool.connect} and {@link Client.query} do.
   */
  query<T extends Submittable>(queryStream: T): T
  query<R extends any[] = any[], I = any[]>(
    queryConfig: QueryArrayConfig<I>,
    values?: QueryConfigValues<I>
  ): Promise<QueryArrayResult<R>>
  query<R extends QueryResultRow = any, I = any[]>(queryConfig: QueryConfig<I>): Promise<QueryResult<R>>
  query<R extends QueryResultRow = any, I = any[]>(
    queryTextOrConfig: string | QueryConfig<I>,
    values?: QueryConfigValues<I>
  ): Promise<QueryResult<R>>
  query<R extends any[] = any[], I = any[]>(
    queryConfig: QueryArrayConfig<I>,
    callback: (err: Error, result: QueryArrayResult<R>) => void
  ): void
  query<R extends QueryResultRow = any, I = any[]>(
    queryTextOrConfig: string | QueryConfig<I>,
    callback: (err: Error, result: QueryResult<R>) => void
  ): void
  query<R extends QueryResultRow = any, I = any[]>(
    queryText: string,
    values: QueryConfigValues<I>,
    callback: (err: Error, result: QueryResult<R>) => void
  ): void

  /**
   * oxpg only: the rows of a query as a stream that owns its client: taken from the pool with the first read, and given
   * back with the last row, at `break`, at `destroy()` and at an error. Its errors are those of {@link Pool.connect} and
   * {@link Cursor.read}.
   */
  stream<R extends any[] = any[]>(
    text: string,
    values: any[] | null | undefined,
    options: RowStreamOptions & { rowMode: 'array' }
  ): RowStream<R>
  stream<R extends any[] = any[]>(config: RowStreamConfig & { rowMode: 'array' }): RowStream<R>
  stream<R extends any[] = any[]>(
    text: string,
    options: RowStreamOptions & { rowMode: 'array' }
  ): RowStream<R>
  stream<R extends QueryResultRow = any>(config: RowStreamConfig): RowStream<R>
  stream<R extends QueryResultRow = any>(text: string, options?: RowStreamOptions): RowStream<R>
  stream<R extends QueryResultRow = any>(
    text: string,
    values: any[] | null | undefined,
    options?: RowStreamOptions
  ): RowStream<R>

  /** oxpg only: {@link Client.copyFrom} on a client of the pool, which the stream owns. */
  copyFrom(queryText: string, options?: CopyOptions): CopyFromStream
  /** oxpg only: {@link Client.copyTo} on a client of the pool, which the stream owns. */
  copyTo(queryText: string, options?: CopyOptions): CopyToStream

  /**
   * - `connect`: a new connection is ready.
   * - `acquire`: a client is about to be lent.
   * - `release`: a client was given back, with the error if there was one.
   * - `remove`: a connection has left the pool and is closed.
   * - `error`: an idle connection failed. It has left the pool.
   */
  on<K extends 'error' | 'release' | 'connect' | 'acquire' | 'remove'>(
    event: K,
    listener: K extends 'error' | 'release'
      ? (err: Error, client: PoolClient) => void
      : (client: PoolClient) => void
  ): this
}

// ---------------------------------------------------------------------------------------------------------------------
// The protocol's lower level, as extensions see it
// ---------------------------------------------------------------------------------------------------------------------

export interface QueryParse {
  name: string
  text: string
  types: string[]
}

type ValueMapper = (param: any, index: number) => any

export interface BindConfig {
  portal?: string | undefined
  statement?: string | undefined
  binary?: string | undefined
  values?: Array<Buffer | null | undefined | string> | undefined
  valueMapper?: ValueMapper | undefined
}

export interface ExecuteConfig {
  portal?: string | undefined
  rows?: string | undefined
}

export interface MessageConfig {
  type: string
  name?: string | undefined
}

/** What a {@link Submittable} speaks to. */
export class Connection extends events.EventEmitter {
  readonly stream: stream.Duplex

  constructor(config?: ConnectionConfig)

  bind(config: BindConfig | null, more: boolean): void
  execute(config: ExecuteConfig | null, more: boolean): void
  parse(query: QueryParse, more: boolean): void

  query(text: string): void

  describe(msg: MessageConfig, more: boolean): void
  close(msg: MessageConfig, more: boolean): void

  flush(): void
  sync(): void
  end(): void
}

/** Something that emits a client's errors. A type alone, as @types/pg has it. */
declare class Events extends events.EventEmitter {
  on(event: 'error', listener: (err: Error, client: Client) => void): this
}

// ---------------------------------------------------------------------------------------------------------------------
// Types, defaults, helpers
// ---------------------------------------------------------------------------------------------------------------------

/** Turns a column's text, or its bytes in binary format, into a value. */
type TypeParser<Raw, T> = (value: Raw) => T

/** Type parsers over those of another, usually those of {@link types}. */
export class TypeOverrides implements CustomTypesConfig {
  /** @param types where to look for what is not overridden; default: {@link types} */
  constructor(types?: CustomTypesConfig)
  /** @param oid the type's oid, such as `types.builtins.INT8` */
  setTypeParser<T>(oid: number, parseFn: TypeParser<string, T>): void
  setTypeParser<T>(oid: number, format: 'text', parseFn: TypeParser<string, T>): void
  setTypeParser<T>(oid: number, format: 'binary', parseFn: TypeParser<Buffer, T>): void
  getTypeParser<T>(oid: number, format?: 'text' | 'binary'): TypeParser<any, any>
}

/** The registry of type parsers of all clients: the module `pg-types` itself. Changes count from the next result on. */
export const types: typeof pgTypes

/** What clients fall back to. Changes count for clients made afterwards. */
export const defaults: Defaults & ClientConfig

/** Quotes a name for SQL: `my "table"` becomes `"my ""table"""`. Throws `TypeError` for anything but a string. */
export function escapeIdentifier(str: string): string

/** Quotes a text for SQL: `it's` becomes `'it''s'`. Anything but a string becomes `''`. Prefer parameters. */
export function escapeLiteral(str: string): string

/** pg's helpers for parameters and query configs. */
export const utils: {
  /** The wire form of a parameter: null, a text, or bytes for binary format. */
  prepareValue(value: any): string | Buffer | null
  /** Merges the arguments of `query()` into one new config. */
  normalizeQueryConfig(config: string | QueryConfig, values?: any, callback?: any): any
  escapeIdentifier: typeof escapeIdentifier
  escapeLiteral: typeof escapeLiteral
}

/** What pg binds to pg-native; null where that does not exist. */
export const native: typeof Pg | null

/**
 * An error that the server reported: `code` is the SQLSTATE, such as `23505`. The class of pg-protocol itself, shared with
 * other libraries.
 */
export { DatabaseError } from 'pg-protocol'

// Types without a value at run time; `import { ClientBase }` is fine, `instanceof ClientBase` would not be.
export type { ClientBase, CopyFromStream, CopyToStream, Cursor, Events, NoticeMessage, RowStream }
