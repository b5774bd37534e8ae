// Cursors, row streams and COPY. All of it is oxpg only: docs/streaming.md

import stream = require('stream')
import { CustomTypesConfig, FieldDef, QueryConfig, QueryConfigValues } from './query'

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

// Types without a value at run time.
export type { CopyFromStream, CopyToStream, Cursor, RowStream }
