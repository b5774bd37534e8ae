// ORMs whose own declarations ask for pg's Pool and Client, given oxpg's.

import { drizzle } from 'drizzle-orm/node-postgres'
import { Kysely, PostgresDialect } from 'kysely'
import { DataSource } from 'typeorm'
import { PrismaPg } from '@prisma/adapter-pg'
import * as driver from '../../..'

const pool = new driver.Pool({ max: 1 })
const client = new driver.Client()

export async function main() {
  const lent = await pool.connect()
  const byPool = drizzle(pool)
  const byConfig = drizzle({ client: pool })
  const byClient = drizzle({ client })
  const byLent = drizzle({ client: lent })
  await byPool.execute('select 1')
  byLent.$client.release()
  await byConfig.$client.end()
  const host: string = byClient.$client.host

  const kysely = new Kysely<{ t: { id: number } }>({ dialect: new PostgresDialect({ pool }) })
  const lazy = new PostgresDialect({ pool: async () => pool })
  const ids: { id: number }[] = await kysely.selectFrom('t').select('id').execute()

  const prisma = new PrismaPg(pool)
  const source = new DataSource({ type: 'postgres', driver, extra: { max: 1 } })
  return { host, lazy, ids, prisma, source }
}
