// The protocol's lower level, as extensions see it.

import events = require('events')
import stream = require('stream')
import { ConnectionConfig } from './config'

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

// Without this, everything here would be exported.
export {}
