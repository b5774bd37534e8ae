'use strict'

// What to do about refusals of the server that leave it open: where it gives no hint of its own.

const HINTS = [
  [
    // PostgreSQL 14 and later, and those before. On a unix socket there is no TLS.
    /pg_hba\.conf (?!.*"\[local\]").*(no encryption|SSL off)$/,
    'The server has no rule that lets this connection in without TLS. ' +
      'If it demands encryption, set ssl: true, or sslmode=require in the connection string.',
  ],
  [
    /connection requires a valid client certificate/,
    'Set ssl.cert and ssl.key, or sslcert= and sslkey= in the connection string.',
  ],
]

/** The hint for an error with SQLSTATE 28000; undefined if there is none. */
function hintFor({ message }) {
  return HINTS.find(([pattern]) => pattern.test(message))?.[1]
}

module.exports = { hintFor }
