// `require('pg/lib/type-overrides')`

import { CustomTypesConfig } from '..'

export = TypeOverrides

/** Turns a column's text, or its bytes in binary format, into a value. */
type TypeParser<Raw, T> = (value: Raw) => T

/** Type parsers over those of another, usually those of `types`. */
declare class TypeOverrides implements CustomTypesConfig {
  /** @param types where to look for what is not overridden; default: the registry of all */
  constructor(types?: CustomTypesConfig)
  /** @param oid the type's oid, such as `types.builtins.INT8` */
  setTypeParser<T>(oid: number, parseFn: TypeParser<string, T>): void
  setTypeParser<T>(oid: number, format: 'text', parseFn: TypeParser<string, T>): void
  setTypeParser<T>(oid: number, format: 'binary', parseFn: TypeParser<Buffer, T>): void
  getTypeParser<T>(oid: number, format?: 'text' | 'binary'): TypeParser<any, any>
}
