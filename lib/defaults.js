'use strict'

// What a Client falls back to when neither its config nor the environment says otherwise (catalogue 1.1).
// Applications change this object; later clients see the change (D-1).

const types = require('pg-types')

// The parsers as they were before anyone replaced them: `parseInt8 = false` brings these back (D-3).
const INT8 = 20
const INT8_ARRAY = 1016
const originalInt8 = types.getTypeParser(INT8, 'text')
const originalInt8Array = types.getTypeParser(INT8_ARRAY, 'text')

module.exports = {
  host: 'localhost',
  user: process.platform === 'win32' ? process.env.USERNAME : process.env.USER,
  database: undefined, // the user's name
  password: null, // null: the password file is asked
  connectionString: undefined, // read only where this object itself is passed as a config (D-4)
  port: 5432,
  rows: 0, // not read (D-4)
  binary: false,
  max: 10, // not read: the pool has its own (D-4)
  idleTimeoutMillis: 30000, // not read: the pool has its own (D-4)
  client_encoding: '',
  ssl: false,
  sslnegotiation: undefined, // 'postgres' or 'direct'
  application_name: undefined,
  fallback_application_name: undefined,
  options: undefined,
  parseInputDatesAsUTC: false,
  statement_timeout: false, // ms, false is unlimited; so are the next three
  lock_timeout: false,
  idle_in_transaction_session_timeout: false,
  query_timeout: false,
  connect_timeout: 0,
  keepalives: 1,
  keepalives_idle: 0,

  // A setter alone: TypeORM looks for one on the property descriptor (D-3).
  set parseInt8(on) {
    types.setTypeParser(INT8, 'text', on ? types.getTypeParser(23, 'text') : originalInt8)
    types.setTypeParser(INT8_ARRAY, 'text', on ? types.getTypeParser(1007, 'text') : originalInt8Array)
  },
}
