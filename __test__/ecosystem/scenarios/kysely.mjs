import { CompiledQuery, Kysely, Migrator, PostgresDialect, sql } from 'kysely'
import { jsonArrayFrom, jsonObjectFrom } from 'kysely/helpers/postgres'
import Cursor from 'pg-cursor'
import pg from 'pg'
import harness from '../scenario.cjs'

const migrations = {
  '1 authors': {
    up: (db) =>
      db.schema
        .createTable('author')
        .addColumn('id', 'serial', (column) => column.primaryKey())
        .addColumn('name', 'text', (column) => column.notNull().unique())
        .addColumn('tags', sql`text[]`)
        .addColumn('born', 'date')
        .execute(),
    down: (db) => db.schema.dropTable('author').execute(),
  },
  '2 books': {
    up: async (db) => {
      await db.schema
        .createTable('book')
        .addColumn('id', 'serial', (column) => column.primaryKey())
        .addColumn('author', 'integer', (column) =>
          column.notNull().references('author.id').onDelete('cascade')
        )
        .addColumn('title', 'varchar(80)')
        .addColumn('price', 'numeric(8, 2)')
        .addColumn('pages', 'bigint')
        .addColumn('facts', 'jsonb')
        .addColumn('cover', 'bytea')
        .addColumn('at', 'timestamptz')
        .execute()
      await db.schema.createIndex('titles').on('book').columns(['author', 'title']).execute()
    },
    down: (db) => db.schema.dropTable('book').execute(),
  },
  '3 broken': { up: (db) => sql`create table broken (like nothing)`.execute(db) },
}

harness.scenario(async ({ config, observe, failure, describe, until }) => {
  const pool = new pg.Pool({ ...config, max: 4 })
  const events = []
  for (const event of ['connect', 'acquire', 'release', 'remove']) pool.on(event, () => events.push(event))
  const logged = []
  const db = new Kysely({
    dialect: new PostgresDialect({
      pool: async () => pool,
      cursor: Cursor,
      onCreateConnection: async (c) => c.executeQuery(CompiledQuery.raw("set application_name = 'kysely'")),
    }),
    log: ({ level, query, error }) => logged.push([level, query.sql, error?.code]),
  })

  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } })
  const migrated = ({ results, error }) => [
    results.map(({ migrationName, status }) => [migrationName, status]),
    error && describe(error),
  ]
  observe('migrations', migrated(await migrator.migrateTo('2 books')))
  observe('broken migration', migrated(await migrator.migrateToLatest()))
  observe(
    'tables',
    (await db.introspection.getTables()).map(({ name, columns }) => [
      name,
      columns.map((c) => [c.name, c.dataType, c.isNullable]),
    ])
  )

  observe(
    'insert',
    await db
      .insertInto('author')
      .values([{ name: 'Ann', tags: ['a', 'b "c"'], born: new Date(Date.UTC(1970, 0, 2)) }, { name: "B'ob" }])
      .returningAll()
      .execute()
  )
  observe(
    'types',
    await db
      .insertInto('book')
      .values({
        author: 1,
        title: 'One',
        price: '12.50',
        pages: 9007199254740993n,
        facts: JSON.stringify({ a: ['ü', null] }),
        cover: Buffer.from([0, 255]),
        at: new Date('2024-02-29T12:00:00.123Z'),
      })
      .returningAll()
      .executeTakeFirst()
  )
  observe(
    'inserted',
    await db
      .insertInto('book')
      .values(
        Array.from({ length: 40 }, (_, i) => ({ author: 1 + (i % 2), title: `Book ${i}`, price: i / 4 }))
      )
      .executeTakeFirst()
  )
  observe(
    'relations',
    await db
      .selectFrom('author')
      .select((eb) => [
        'name',
        jsonArrayFrom(
          eb
            .selectFrom('book')
            .select(['title', 'at', 'price'])
            .whereRef('book.author', '=', 'author.id')
            .where('price', '>', 9)
            .orderBy('book.id')
        ).as('books'),
        jsonObjectFrom(
          eb
            .selectFrom('book')
            .select('pages')
            .whereRef('book.author', '=', 'author.id')
            .where('pages', 'is not', null)
        ).as('long'),
      ])
      .orderBy('id')
      .execute()
  )
  observe(
    'join',
    await db
      .selectFrom('author')
      .innerJoin('book', 'book.author', 'author.id')
      .groupBy('author.id')
      .orderBy('author.id')
      .select(({ fn }) => [
        'author.name',
        fn.sum('price').as('worth'),
        fn.countAll().as('n'),
        fn.max('at').as('last'),
      ])
      .execute()
  )
  observe(
    'update',
    await db
      .updateTable('book')
      .set((eb) => ({ price: eb('price', '*', 2) }))
      .where('author', '=', 2)
      .executeTakeFirst()
  )
  observe(
    'upsert',
    await db
      .insertInto('author')
      .values({ name: 'Ann' })
      .onConflict((c) => c.column('name').doUpdateSet({ born: null }))
      .returning(['id', 'born'])
      .execute()
  )
  observe(
    'merge',
    await db
      .mergeInto('book')
      .using('author', 'author.id', 'book.author')
      .whenMatchedAnd('book.id', '=', 1)
      .thenDelete()
      .whenMatched()
      .thenDoNothing()
      .executeTakeFirst()
  )
  observe('none', await db.selectFrom('book').selectAll().where('id', '=', -1).executeTakeFirst())
  observe(
    'or throw',
    await failure(db.selectFrom('book').selectAll().where('id', '=', -1).executeTakeFirstOrThrow())
  )
  observe(
    'raw',
    await sql`select ${1}::int as one, ${sql.ref('a')}.* from (values (${'x'})) a(b)`.execute(db)
  )

  observe(
    'transaction',
    await failure(
      db.transaction().execute(async (trx) => {
        await trx.insertInto('author').values({ name: 'Cecil' }).execute()
        return trx.selectFrom('author').select('name').orderBy('id').execute()
      })
    )
  )
  observe(
    'rolled back',
    await failure(
      db
        .transaction()
        .setIsolationLevel('serializable')
        .execute(async (trx) => {
          observe('isolation', (await sql`show transaction_isolation`.execute(trx)).rows)
          await trx.deleteFrom('book').execute()
          throw new TypeError('no')
        })
    )
  )
  observe(
    'read only',
    await failure(
      db
        .transaction()
        .setAccessMode('read only')
        .execute((trx) => trx.deleteFrom('book').execute())
    )
  )
  const controlled = await db.startTransaction().execute()
  const before = await controlled.savepoint('before').execute()
  observe('savepoint', await failure(before.insertInto('author').values({ name: 'Ann' }).execute()))
  const after = await before.rollbackToSavepoint('before').execute()
  await after.insertInto('author').values({ name: 'Dora' }).execute()
  await controlled.commit().execute()
  observe('authors', await db.selectFrom('author').select('name').orderBy('id').execute())

  observe('unique violation', await failure(db.insertInto('author').values({ name: 'Ann' }).execute()))
  observe('foreign key violation', await failure(db.insertInto('book').values({ author: 99 }).execute()))
  observe('syntax error', await failure(sql`selec ${1}`.execute(db)))
  observe('own error', (await sql`selec`.execute(db).catch((error) => error)) instanceof pg.DatabaseError)
  const refused = new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool({ ...config, port: 1 }) }) })
  observe('connection refused', await failure(refused.selectFrom('author').execute()))
  await refused.destroy()

  const titles = []
  for await (const { title } of db.selectFrom('book').select('title').orderBy('id').stream(7))
    titles.push(title)
  observe('stream', titles)
  const some = []
  for await (const { id } of db.selectFrom('book').select('id').orderBy('id').stream(2)) {
    some.push(id)
    if (some.length === 3) break
  }
  observe('stream left early', some)
  observe(
    'stream error',
    await failure(async () => {
      for await (const row of db
        .selectFrom(sql`generate_series(1, 5)`.as('n'))
        .select(sql`1 / (3 - n)`.as('q'))
        .stream(1))
        if (!row) break
    })
  )
  observe(
    'one connection',
    await db.connection().execute(async (one) => {
      const pids = await Promise.all(
        [1, 2, 3].map(() =>
          sql`select pg_backend_pid() as pid, current_setting('application_name') as name`.execute(one)
        )
      )
      return [new Set(pids.map(({ rows }) => rows[0].pid)).size, pids[0].rows[0].name]
    })
  )
  observe(
    'in parallel',
    (await Promise.all(Array.from({ length: 20 }, (_, n) => sql`select ${n}::int as n`.execute(db)))).map(
      ({ rows }) => rows[0].n
    )
  )
  observe('logged', [logged.length, logged[0], logged.filter(([level]) => level === 'error')])
  const counted = (name) => events.filter((event) => event === name).length
  observe('pool', [
    pool.totalCount,
    pool.idleCount,
    pool.waitingCount,
    counted('connect'),
    counted('acquire') === counted('release'),
  ])
  await db.destroy()
  await until('its connections have ended', () => counted('remove') === counted('connect'))
  observe('ended', [pool.ended, counted('remove'), await failure(db.selectFrom('author').execute())])
})
