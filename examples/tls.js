'use strict'

// Is the connection encrypted, and is the server verified? If not, the message says what to do; more in docs/tls.md.
// DATABASE_URL='postgres://user:password@host/database?sslmode=verify-full' node examples/tls.js
// Without DATABASE_URL the PG* variables are used, PGSSLMODE among them.

const { Client } = require('oxpg')

const SHOWN = 'select ssl, version, cipher, client_dn from pg_stat_ssl where pid = pg_backend_pid()'

async function main() {
  const client = new Client({ connectionString: process.env.DATABASE_URL })
  try {
    await client.connect()
    const { rows } = await client.query(SHOWN)
    const { ssl, version, cipher, client_dn } = rows[0]
    console.log('encrypted:  ', client.connection.stream.encrypted === true ? 'yes' : 'no')
    console.log('verified:   ', verification(client.ssl))
    // A pooler in between has a connection of its own to the server.
    console.log('the server: ', ssl ? `${version}, ${cipher}` : 'sees plain text')
    console.log('shown to it:', client_dn ?? 'no certificate')
  } finally {
    await client.end()
  }
}

function verification(ssl) {
  if (!ssl || ssl.rejectUnauthorized === false || process.env.NODE_TLS_REJECT_UNAUTHORIZED === '0')
    return 'no'
  // sslmode=verify-ca with uselibpqcompat=true comes to this.
  return ssl.checkServerIdentity ? 'chain and dates; the name as checkServerIdentity says' : 'yes'
}

main().catch((error) => {
  console.error(`${error.code ?? error.name}: ${error.message}`)
  if (error.hint) console.error(`hint: ${error.hint}`)
  process.exitCode = 1
})
