// Queries, their results, and the errors of waiting for them.

import events = require('events')
import pgTypes = require('pg-types')
import { Connection } from './connection'

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
  constructor(rowMode: string, t: typeof pgTypes)

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

// Without this, everything here would be exported.
export {}
