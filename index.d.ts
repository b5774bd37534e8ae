// Public types of oxpg. A program that compiles against @types/pg 8.23 compiles against these: names, generics and
// overloads are the same. What oxpg has beyond pg is marked "oxpg only".
//
// `export *`, so that `declare module 'pg' { interface ClientConfig { ... } }` reaches the interfaces themselves.

/// <reference types="node" />

import TypeOverrides = require('./lib/type-overrides')
import * as Pg from '.'

export * from './types/config'
export * from './types/query'
export * from './types/client'
export * from './types/pool'
export * from './types/streaming'
export * from './types/connection'
export * from './types/helpers'

/** In pg the client over libpq, or null without pg-native; here the module itself (DV-26). */
export const native: typeof Pg | null

/**
 * An error that the server reported: `code` is the SQLSTATE, such as `23505`. The class of pg-protocol itself, shared with
 * other libraries.
 */
export { DatabaseError } from 'pg-protocol'

export { TypeOverrides }
