import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import { and, arrayContains, count, desc, eq, gt, inArray, max, relations, sql, sum } from 'drizzle-orm'
import * as pgCore from 'drizzle-orm/pg-core'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import harness from '../scenario.cjs'

const { pgTable, serial, text, integer, date, numeric, bigint, jsonb, timestamp, boolean, uuid, interval } =
  pgCore
const bytea = pgCore.customType({ dataType: () => 'bytea' })

const author = pgTable('author', {
  id: serial().primaryKey(),
  name: text().notNull().unique(),
  tags: text().array(),
  born: date(),
  bornAt: timestamp('born_at', { withTimezone: true, mode: 'date' }),
})
const book = pgTable('book', {
  id: serial().primaryKey(),
  authorId: integer('author_id')
    .notNull()
    .references(() => author.id),
  title: text().notNull(),
  price: numeric({ precision: 8, scale: 2 }),
  pages: bigint({ mode: 'bigint' }),
  facts: jsonb(),
  cover: bytea(),
  sold: boolean().default(false),
  code: uuid(),
  took: interval(),
  at: timestamp({ mode: 'string' }),
  days: date().array(),
})
const schema = {
  author,
  book,
  authorRelations: relations(author, ({ many }) => ({ books: many(book) })),
  bookRelations: relations(book, ({ one }) => ({
    writer: one(author, { fields: [book.authorId], references: [author.id] }),
  })),
}

const DDL = [
  `CREATE TABLE author (id serial PRIMARY KEY, name text NOT NULL UNIQUE, tags text[], born date, born_at timestamptz)`,
  `CREATE TABLE book (id serial PRIMARY KEY, author_id integer NOT NULL REFERENCES author, title text NOT NULL, price numeric(8, 2),
     pages bigint, facts jsonb, cover bytea, sold boolean DEFAULT false, code uuid, took interval, at timestamp, days date[])`,
]

function migrationFolder() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oxpg-drizzle-'))
  fs.mkdirSync(path.join(folder, 'meta'))
  fs.writeFileSync(path.join(folder, '0000_tables.sql'), DDL.join('\n--> statement-breakpoint\n'))
  const entries = [{ idx: 0, version: '7', when: 1700000000000, tag: '0000_tables', breakpoints: true }]
  fs.writeFileSync(
    path.join(folder, 'meta', '_journal.json'),
    JSON.stringify({ version: '7', dialect: 'postgresql', entries })
  )
  return folder
}

harness.scenario(async ({ config, url, observe, failure }) => {
  const pool = new pg.Pool({ ...config, max: 4 })
  const events = []
  for (const event of ['connect', 'acquire', 'release', 'remove']) pool.on(event, () => events.push(event))
  const logged = []
  const db = drizzle(pool, { schema, logger: { logQuery: (query, values) => logged.push([query, values]) } })

  const folder = migrationFolder()
  await migrate(db, { migrationsFolder: folder })
  await migrate(db, { migrationsFolder: folder })
  fs.rmSync(folder, { recursive: true })
  observe('migrated', (await db.execute(sql`select count(*) as n from drizzle.__drizzle_migrations`)).rows)

  observe(
    'insert',
    await db
      .insert(author)
      .values([
        { name: 'Ann', tags: ['a', 'b "c"'], born: '1970-01-02', bornAt: new Date(0) },
        { name: "B'ob" },
      ])
      .returning()
  )
  observe(
    'types',
    await db
      .insert(book)
      .values({
        authorId: 1,
        title: 'One',
        price: '12.50',
        pages: 9007199254740993n,
        facts: { a: ['ü', null] },
        cover: Buffer.from([0, 255]),
        code: '0f7cf4a5-8f6f-4d5c-9d6c-000000000000',
        took: '1 day 02:03',
        at: '2024-02-29 12:00:00.123456',
        days: ['2024-02-29', '1970-01-01'],
      })
      .returning()
  )
  await db.insert(book).values(
    Array.from({ length: 40 }, (_, i) => ({
      authorId: 1 + (i % 2),
      title: `Book ${i}`,
      price: String(i / 4),
    }))
  )

  observe(
    'relations',
    await db.query.author.findMany({
      with: {
        books: {
          where: gt(book.price, '9'),
          orderBy: desc(book.id),
          columns: { title: true, price: true, days: true },
        },
      },
      orderBy: author.id,
    })
  )
  observe('one', await db.query.book.findFirst({ where: eq(book.id, 1), with: { writer: true } }))
  observe(
    'join',
    await db
      .select({ name: author.name, n: count(), worth: sum(book.price), last: max(book.id) })
      .from(author)
      .leftJoin(book, eq(book.authorId, author.id))
      .groupBy(author.id)
      .orderBy(author.id)
  )
  observe(
    'whole rows',
    await db
      .select()
      .from(book)
      .innerJoin(author, eq(book.authorId, author.id))
      .where(inArray(book.id, [1, 2]))
      .orderBy(book.id)
  )
  observe(
    'operators',
    await db
      .select({ name: author.name })
      .from(author)
      .where(and(arrayContains(author.tags, ['a']), sql`${author.born} < now()`))
  )
  observe(
    'update',
    (
      await db
        .update(book)
        .set({ sold: true, price: sql`${book.price} * 2` })
        .where(eq(book.authorId, 2))
    ).rowCount
  )
  observe(
    'upsert',
    await db
      .insert(author)
      .values({ name: 'Ann' })
      .onConflictDoUpdate({ target: author.name, set: { born: '2000-02-29' } })
      .returning()
  )
  const dear = db.$with('dear').as(db.select().from(book).where(gt(book.price, '18')))
  observe('with', await db.with(dear).select({ title: dear.title }).from(dear).orderBy(dear.id))
  observe(
    'raw',
    await db.execute(
      sql`select 1 as one, ${'two'}::text as two, now() - now() as nothing, '2024-02-29'::date as day`
    )
  )

  const byId = db
    .select()
    .from(author)
    .where(eq(author.id, sql.placeholder('id')))
    .prepare('author-by-id')
  observe('prepared', [await byId.execute({ id: 1 }), await byId.execute({ id: 2 })])
  observe(
    'prepared in parallel',
    (await Promise.all(Array.from({ length: 12 }, (_, i) => byId.execute({ id: i })))).map(
      (rows) => rows.length
    )
  )

  observe(
    'transaction',
    await failure(
      db.transaction(async (tx) => {
        await tx.insert(author).values({ name: 'Cecil' })
        observe(
          'nested',
          await failure(
            tx.transaction(async (inner) => {
              await inner.insert(author).values({ name: 'Dora' })
              await inner.insert(author).values({ name: 'Ann' })
            })
          )
        )
        return tx.select({ name: author.name }).from(author).orderBy(author.id)
      })
    )
  )
  observe(
    'rollback',
    await failure(
      db.transaction(async (tx) => {
        await tx.delete(book)
        tx.rollback()
      })
    )
  )
  observe(
    'configured',
    await failure(
      db.transaction(
        async (tx) => {
          observe('isolation', (await tx.execute(sql`show transaction_isolation`)).rows)
          await tx.delete(book)
        },
        { isolationLevel: 'serializable', accessMode: 'read only', deferrable: true }
      )
    )
  )
  observe('still there', await db.$count(book))

  observe('unique violation', await failure(db.insert(author).values({ name: 'Ann' })))
  observe('foreign key violation', await failure(db.insert(book).values({ authorId: 99, title: 'x' })))
  observe('syntax error', await failure(db.execute(sql`selec ${1}`)))
  observe(
    'own error',
    (
      await db
        .insert(author)
        .values({ name: 'Ann' })
        .catch((error) => error)
    ).cause instanceof pg.DatabaseError
  )
  observe(
    'connection refused',
    await failure(async () => {
      const refused = drizzle({ connection: { ...config, port: 1 } })
      try {
        return await refused.select().from(author)
      } finally {
        await refused.$client.end()
      }
    })
  )
  observe(
    'in parallel',
    (await Promise.all(Array.from({ length: 20 }, (_, n) => db.execute(sql`select ${n}::int as n`)))).map(
      ({ rows }) => rows[0].n
    )
  )
  observe('logged', [logged.length, logged[3], logged.at(-1)])
  const counted = (name) => events.filter((event) => event === name).length
  observe('pool', [
    pool.totalCount,
    pool.idleCount,
    pool.waitingCount,
    counted('acquire') === counted('release'),
  ])

  const byUrl = drizzle(url)
  observe('by url', await byUrl.select({ n: count() }).from(author))
  await byUrl.$client.end()
  const client = new pg.Client(config)
  await client.connect()
  const byClient = drizzle({ client, schema, casing: 'snake_case' })
  observe(
    'by client',
    await byClient.transaction((tx) =>
      tx.query.author.findMany({ columns: { name: true }, limit: 1, orderBy: author.id })
    )
  )
  await client.end()
  await pool.end()
  observe('ended', await failure(db.select().from(author)))
})
