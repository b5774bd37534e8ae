// Many connections to a server.

import events = require('events')
import { PoolClient } from './client'
import { PoolConfig, PoolOptions } from './config'
import {
  QueryArrayConfig,
  QueryArrayResult,
  QueryConfig,
  QueryConfigValues,
  QueryResult,
  QueryResultRow,
  Submittable,
} from './query'
import {
  CopyFromStream,
  CopyOptions,
  CopyToStream,
  RowStream,
  RowStreamConfig,
  RowStreamOptions,
} from './streaming'

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
