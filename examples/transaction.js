'use strict'

// A transaction needs one connection from BEGIN to COMMIT, so it takes a client from the pool.
// DATABASE_URL=postgres://user:password@localhost:5432/database node examples/transaction.js

const { Pool } = require('oxpg')

// Commits what `work` did, or nothing of it.
async function transaction(client, work) {
  await client.query('begin')
  try {
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}

async function transfer(client, from, to, amount) {
  await client.query('update account set balance = balance - $1 where owner = $2', [amount, from])
  await client.query('update account set balance = balance + $1 where owner = $2', [amount, to])
}

async function balances(client) {
  const { rows } = await client.query('select owner, balance from account order by owner')
  return rows.map(({ owner, balance }) => `${owner} ${balance}`).join(', ')
}

async function main() {
  const pool = new Pool({ connectionString: process.env.DATABASE_URL })
  const client = await pool.connect()
  try {
    await client.query('create temporary table account (owner text, balance int check (balance >= 0))')
    await client.query("insert into account values ('alice', 100), ('bob', 50)")
    console.log('before:   ', await balances(client))

    await transaction(client, () => transfer(client, 'alice', 'bob', 30))
    console.log('committed:', await balances(client))

    await transaction(client, () => transfer(client, 'alice', 'bob', 1000)).catch((error) => {
      // 23514: check_violation, https://www.postgresql.org/docs/current/errcodes-appendix.html
      console.log('refused:  ', error.code, error.message)
    })
    console.log('unchanged:', await balances(client))
  } finally {
    client.release()
    await pool.end()
  }
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
