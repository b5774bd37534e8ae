// How clients and pools are configured.

import stream = require('stream')
import { ConnectionOptions } from 'tls'
import { ClientBase } from './client'
import { CustomTypesConfig } from './query'

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
   * A function that makes the socket of each connection, for tunnels and connectors; it gets the connection's options.
   * `connect(port, host)` is called on what it returns, and TLS goes over it unless `ssl` is false. A stream itself works
   * too, for one client. The function is called once more for each query that is cancelled on the server.
   */
  stream?: () => stream.Duplex | undefined
  /** The server cancels a statement that runs longer, in milliseconds (SQLSTATE 57014). Default: false, no limit. */
  statement_timeout?: false | number | undefined
  /**
   * TLS: `true` verifies the server against Node's roots; an object takes the options of Node's `tls.connect`. There is no
   * fallback to plain text. With other options than `ca`, `cert`, `key`, `passphrase`, `rejectUnauthorized`, `servername`,
   * `minVersion` and `maxVersion` (TLS 1.2 and 1.3) the socket is Node's own, and its bytes pass through JavaScript.
   * Environment: `PGSSLMODE`; default: false.
   */
  ssl?: boolean | ConnectionOptions | undefined
  /** Use SCRAM-SHA-256-PLUS where the server offers it. Default: false. `channel_binding`, where given, decides instead. */
  enableChannelBinding?: boolean | undefined
  /**
   * oxpg only: libpq's option of that name, also as a parameter of the connection string (not from the environment).
   * `require` connects only to a server that proves, within SCRAM-SHA-256-PLUS, that it holds the key of the very TLS
   * certificate of this connection; else `connect()` rejects before any password has left in clear or as md5. `prefer`
   * does so where TLS is on and the server offers it. `disable` never does, whatever `enableChannelBinding` says.
   * Default: what `enableChannelBinding` says. Another value throws from the constructor.
   */
  channel_binding?: 'disable' | 'prefer' | 'require' | undefined
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
   * Send a query as soon as it is made, before the answers of earlier ones; each stands and fails for itself. Submittables
   * such as pg-cursor, and the `rows` option, are refused. Default: false.
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

// Without this, everything here would be exported.
export {}
