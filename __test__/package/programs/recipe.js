'use strict'

// Runs a program of docs/tls.md, given on stdin: `{ code, queries }`. Its pool opens so many connections; what each is
// goes to stdout.

const fs = require('node:fs')

const SHOWN = `select current_user as user, ssl, client_dn, $1::int as number
  from pg_stat_ssl where pid = pg_backend_pid()`

let tokens = 0

// What a reader of the page has installed.
const INSTALLED = {
  '@aws-sdk/rds-signer': {
    Signer: class {
      async getAuthToken() {
        tokens++
        return process.env.FRESH_TOKEN
      }
    },
  },
}

async function main() {
  const { code, queries } = JSON.parse(fs.readFileSync(0, 'utf8'))
  const pool = new Function('require', `${code}\nreturn pool`)((name) => INSTALLED[name] ?? require(name))
  const clients = await Promise.all(Array.from({ length: queries }, () => pool.connect()))
  const results = await Promise.all(clients.map((client, number) => client.query(SHOWN, [number])))
  const encrypted = clients.map((client) => client.connection.stream.encrypted === true)
  for (const client of clients) client.release()
  await pool.end()
  console.log(JSON.stringify({ rows: results.map(({ rows }) => rows[0]), encrypted, tokens }))
}

main().catch((error) => {
  console.log(JSON.stringify({ code: error.code, message: error.message }))
  process.exitCode = 1
})
