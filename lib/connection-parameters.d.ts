// `require('pg/lib/connection-parameters')`

import { ClientConfig, ConnectionParameters as Resolved } from '..'

export = ConnectionParameters

/** What a client makes of its config, the connection string, the environment and the defaults. */
declare class ConnectionParameters {
  constructor(config?: string | (Omit<ClientConfig, 'statement_timeout'> & { [option: string]: unknown }))
  /** Gives the options as a connection string for libpq; the host's name is looked up for it. */
  getLibpqConnectionString<T>(callback: (error: Error | null, text: string | null) => T): T
}

declare interface ConnectionParameters extends Resolved {}
