'use strict'

// The smallest useful program: one pool, one parameterised query, an orderly end.
// DATABASE_URL=postgres://user:password@localhost:5432/database node examples/quickstart.js
// Without DATABASE_URL the PG* variables are used: PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE.

const { Pool } = require('oxpg')

async function main() {
  const pool = new Pool({ connectionString: process.env.DATABASE_URL })
  // An idle connection that breaks is replaced by itself; this only tells you about it.
  pool.on('error', (error) => console.error('an idle connection was lost:', error.message))

  try {
    const { rows } = await pool.query('select $1::text as greeting, now() as at', ['hello from oxpg'])
    console.log(rows[0].greeting)
    console.log(rows[0].at.toISOString())
  } finally {
    await pool.end()
  }
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
