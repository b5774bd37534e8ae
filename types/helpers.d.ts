// Type parsers, defaults, helpers.

import pgTypes = require('pg-types')
import { ClientConfig, Defaults } from './config'
import { QueryConfig } from './query'

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
