// The default import of an ES module, with types through it.

import pg, { Pool, types, type PoolClient } from 'pg'

const { Client, DatabaseError } = pg

export async function program(): Promise<number> {
  const pool: pg.Pool = new pg.Pool({ max: 2 })
  const named: Pool = new Pool()
  const client: pg.PoolClient = await pool.connect()
  const again: PoolClient = client
  const result: pg.QueryResult<{ a: number }> = await client.query<{ a: number }>('select 1 as a')
  const config: pg.PoolConfig = { max: 1 }
  const error: unknown = new Client()
  console.log(
    error instanceof DatabaseError,
    pg.types.builtins.INT8,
    types.builtins.INT4,
    config,
    again,
    named
  )
  return result.rows[0].a
}
