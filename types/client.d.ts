// One connection to a server.

import events = require('events')
import stream = require('stream')
import pgTypes = require('pg-types')
import { NoticeMessage } from 'pg-protocol/dist/messages.js'
import { ClientConfig, ConnectionParameters } from './config'
import { Connection } from './connection'
import { escapeIdentifier, escapeLiteral } from './helpers'
import {
  QueryArrayConfig,
  QueryArrayResult,
  QueryConfig,
  QueryConfigValues,
  QueryResult,
  QueryResultRow,
  Submittable,
} from './query'
import { CopyFromStream, CopyOptions, CopyToStream, Cursor, CursorConfig, CursorOptions } from './streaming'

/** What `NOTIFY` sends to a client that listens. */
export interface Notification {
  /** The process id of the session that notified. */
  processId: number
  channel: string
  payload?: string | undefined
}

/** `I` idle, `T` in a transaction, `E` in a failed transaction, null before the connection is ready. */
export type TransactionStatus = 'I' | 'T' | 'E' | null

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

/** Something that emits a client's errors. A type alone, as @types/pg has it. */
declare class Events extends events.EventEmitter {
  on(event: 'error', listener: (err: Error, client: Client) => void): this
}

// Types without a value at run time; `import { ClientBase }` is fine, `instanceof ClientBase` would not be.
export type { ClientBase, Events, NoticeMessage }
