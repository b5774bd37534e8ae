'use strict'

// What to do about refusals of the server that leave it open: where it gives no hint of its own.

const HINTS = [
  [
    wantsEncryption,
    'The server has no rule that lets this connection in without TLS. ' +
      'If it demands encryption, set ssl: true, or sslmode=verify-full in the connection string.',
  ],
  [
    (message) => message.includes('connection requires a valid client certificate'),
    'Set ssl.cert and ssl.key, or sslcert= and sslkey= in the connection string.',
  ],
]

// PostgreSQL 14 and later, and those before. On a unix socket there is no TLS. Not one pattern for all of it: whoever
// answers writes the text, and with enough of it such a pattern would search for minutes.
function wantsEncryption(message) {
  const isPlain = message.endsWith('no encryption') || message.endsWith('SSL off')
  return isPlain && message.includes('pg_hba.conf ') && !message.includes('"[local]"')
}

/** The hint for an error with SQLSTATE 28000; undefined if there is none. */
function hintFor({ message }) {
  return HINTS.find(([isIt]) => isIt(message))?.[1]
}

module.exports = { hintFor }
