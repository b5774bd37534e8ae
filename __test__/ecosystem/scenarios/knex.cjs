'use strict'

const { Writable } = require('node:stream')
const { pipeline } = require('node:stream/promises')
const knex = require('knex')
const { scenario } = require('../scenario.cjs')

const quiet = { log: { warn: () => {} } }

scenario(async ({ config, url, observe, failure, until }) => {
  const db = knex({
    ...quiet,
    client: 'pg',
    connection: { ...config, application_name: 'knex' },
    pool: { min: 0, max: 4 },
    searchPath: ['public'],
  })

  await db.schema.createTable('author', (table) => {
    table.increments()
    table.string('name').notNullable().unique()
    table.specificType('tags', 'text[]')
    table.date('born')
  })
  await db.schema.createTable('book', (table) => {
    table.increments()
    table.integer('author').notNullable().references('author.id').onDelete('CASCADE')
    table.string('title')
    table.decimal('price', 8, 2)
    table.bigInteger('pages')
    table.jsonb('facts')
    table.binary('cover')
    table.timestamp('at').defaultTo('2024-02-29T12:00:00Z')
  })
  await db.schema.alterTable('book', (table) => {
    table.boolean('sold').defaultTo(false)
    table.index(['author', 'title'])
  })
  observe('has', [await db.schema.hasTable('book'), await db.schema.hasColumn('book', 'nothing')])
  observe('columns', await db('book').columnInfo())

  const born = new Date(Date.UTC(1970, 0, 2))
  observe(
    'insert',
    await db('author')
      .insert([{ name: 'Ann', tags: ['a', 'b "c"'], born }, { name: "B'ob" }])
      .returning('*')
  )
  observe(
    'types',
    await db('book')
      .insert({
        author: 1,
        title: 'One',
        price: '12.50',
        pages: '9007199254740993',
        facts: { a: ['ü', null] },
        cover: Buffer.from([0, 255]),
      })
      .returning('*')
  )
  await db.batchInsert(
    'book',
    Array.from({ length: 40 }, (_, i) => ({ author: 1 + (i % 2), title: `Book ${i}`, price: i / 4 })),
    15
  )
  observe(
    'relations',
    await db('author')
      .join('book', 'book.author', 'author.id')
      .groupBy('author.id')
      .orderBy('author.id')
      .select('author.name', db.raw('array_agg(book.id order by book.id) as books'))
      .sum('price as worth')
      .count('* as n')
      .max('at as last')
  )
  observe(
    'operators',
    await db('book')
      .whereRaw('facts \\? ?', ['a'])
      .andWhere('price', '>', 1)
      .first('title', db.raw('?::text as said', ['?']))
  )
  observe(
    'update',
    await db('book')
      .where({ author: 2 })
      .update({ sold: true, price: db.raw('price * 2') })
  )
  observe(
    'upsert',
    await db('author')
      .insert({ name: 'Ann', born: null })
      .onConflict('name')
      .merge(['born'])
      .returning(['id', 'born'])
  )
  observe(
    'with',
    await db
      .with('dear', db('book').where('price', '>', 18))
      .select('title')
      .from('dear')
      .orderBy('title')
  )
  observe('first of none', await db('book').where({ id: -1 }).first())
  observe('options', await db('author').options({ rowMode: 'array' }).select('id', 'name').orderBy('id'))

  observe(
    'transaction',
    await failure(
      db.transaction(async (trx) => {
        await trx('author').insert({ name: 'Cecil' })
        observe(
          'nested',
          await failure(
            trx.transaction(async (inner) => {
              await inner('author').insert({ name: 'Dora' })
              await inner('author').insert({ name: 'Ann' })
            })
          )
        )
        return trx('author').orderBy('id').pluck('name')
      })
    )
  )
  observe(
    'rolled back',
    await failure(
      db.transaction(async (trx) => {
        await trx('book').delete()
        throw new TypeError('no')
      })
    )
  )
  const trx = await db.transaction({ isolationLevel: 'serializable', readOnly: true })
  observe('isolation', (await trx.raw('show transaction_isolation')).rows)
  observe('read only', await failure(trx('author').delete()))
  await trx.rollback()
  observe('completed', [trx.isCompleted(), await failure(trx('author'))])
  observe('still there', await db('book').count())

  observe('unique violation', await failure(db('author').insert({ name: 'Ann' })))
  observe('foreign key violation', await failure(db('book').insert({ author: 99 })))
  observe('syntax error', await failure(db.raw('selec ?', [1])))
  observe('undefined binding', await failure(db('author').where({ name: undefined })))
  observe('timeout', await failure(db.raw('select pg_sleep(20)').timeout(200, { cancel: true })))
  const running = async () =>
    (await db.raw("select 1 from pg_stat_activity where query = 'select pg_sleep(20)' and state = 'active'"))
      .rows.length
  observe('cancelled', await until('the sleeping query is cancelled', async () => !(await running())))
  const refused = knex({ ...quiet, client: 'pg', connection: { ...config, port: 1 }, pool: { min: 0 } })
  observe('connection refused', await failure(refused('author')))
  await refused.destroy()

  const events = []
  db.on('query', ({ sql, bindings }) => events.push(['query', sql, bindings]))
  db.on('query-response', (response, { method }) => events.push(['response', method, response.length]))
  db.on('query-error', (error) => events.push(['error', error.code]))
  await db('author').where('id', 1)
  await failure(db.raw('select 1/0'))
  observe('events', events)

  const titles = []
  const rows = db('book').select('id', 'title').orderBy('id').stream({ batchSize: 7, highWaterMark: 5 })
  await pipeline(
    rows,
    new Writable({ objectMode: true, write: (row, encoding, done) => (titles.push(row.title), done()) })
  )
  observe('stream', titles)
  const some = []
  for await (const row of db('book').select('id').orderBy('id').stream()) {
    some.push(row.id)
    if (some.length === 3) break
  }
  observe('stream left early', some)
  observe(
    'stream error',
    await failure(
      pipeline(
        db.select(db.raw('1 / (3 - n) as q from generate_series(1, 5) n')).stream(),
        new Writable({ objectMode: true, write: (row, encoding, done) => done() })
      )
    )
  )
  observe(
    'stream in a transaction',
    await db.transaction(async (inner) => {
      let count = 0
      for await (const row of inner('book').stream()) count += row.id > 0
      return [count, await inner('book').count()]
    })
  )

  observe(
    'in parallel',
    (
      await Promise.all(Array.from({ length: 20 }, (_, n) => db.select(db.raw('?::int as n', [n])).first()))
    ).map(({ n }) => n)
  )
  observe('pool', [db.client.pool.numUsed(), db.client.pool.numPendingAcquires()])
  observe(
    'migrations',
    await failure(async () => {
      const migration = {
        up: (k) => k.schema.createTable('migrated', (t) => t.increments()),
        down: (k) => k.schema.dropTable('migrated'),
      }
      const migrationSource = {
        getMigrations: async () => ['one'],
        getMigrationName: (name) => name,
        getMigration: async () => migration,
      }
      const [, names] = await db.migrate.latest({ migrationSource })
      const made = await db.schema.hasTable('migrated')
      await db.migrate.rollback({ migrationSource })
      return [names, made, await db.schema.hasTable('migrated')]
    })
  )

  // Other ways to say where: a URL, a function, and the driver itself.
  const byUrl = knex({ client: 'pg', connection: url, pool: { min: 0, max: 1 } })
  observe('by url', await byUrl('author').count())
  const byFunction = knex({
    client: 'pg',
    connection: async () => ({ ...config, expirationChecker: () => false }),
    pool: { min: 0, max: 1 },
  })
  observe('by function', [await byFunction('author').count(), await byFunction('author').max('id')])
  class WithDriver extends require('knex/lib/dialects/postgres') {
    _driver() {
      return require('pg')
    }
  }
  const byClass = knex({
    client: WithDriver,
    connection: { ...config, application_name: 'by class' },
    pool: { min: 0, max: 1 },
  })
  observe('by class', (await byClass.raw('show application_name')).rows)
  await Promise.all([byUrl, byFunction, byClass].map((other) => other.destroy()))

  const outside = knex({ client: 'pg', connection: config, pool: { min: 0, max: 1 } })
  const end =
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'knex'"
  await until('all are gone', async () => (await outside.raw(end)).rowCount === 0)
  observe(
    'after the loss',
    await until('a query works', () =>
      db('author')
        .count()
        .catch(() => undefined)
    )
  )
  await outside.destroy()
  await db.destroy()
  observe('destroyed', await failure(db('author')))
})
