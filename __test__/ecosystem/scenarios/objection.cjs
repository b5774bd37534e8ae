'use strict'

const knex = require('knex')
const {
  Model,
  UniqueViolationError,
  ForeignKeyViolationError,
  NotNullViolationError,
  transaction,
  raw,
} = require('objection')
const { DBError } = require('db-errors')
const { scenario } = require('../scenario.cjs')

class Author extends Model {
  static tableName = 'author'
  static jsonSchema = {
    type: 'object',
    required: ['name'],
    properties: { name: { type: 'string' }, facts: { type: 'object' } },
  }
  static relationMappings = () => ({
    books: {
      relation: Model.HasManyRelation,
      modelClass: Book,
      join: { from: 'author.id', to: 'book.author' },
    },
  })
}
class Book extends Model {
  static tableName = 'book'
  static relationMappings = () => ({
    writer: {
      relation: Model.BelongsToOneRelation,
      modelClass: Author,
      join: { from: 'book.author', to: 'author.id' },
    },
    readers: {
      relation: Model.ManyToManyRelation,
      modelClass: Author,
      join: { from: 'book.id', through: { from: 'reader.book', to: 'reader.author' }, to: 'author.id' },
    },
  })
}

scenario(async ({ config, observe, failure, until }) => {
  const db = knex({
    client: 'pg',
    connection: { ...config, application_name: 'objection' },
    pool: { min: 0, max: 4 },
    log: { warn: () => {} },
  })
  Model.knex(db)
  await db.schema.createTable('author', (table) => {
    table.increments()
    table.string('name').notNullable().unique()
    table.jsonb('facts')
  })
  await db.schema.createTable('book', (table) => {
    table.increments()
    table.integer('author').references('author.id')
    table.string('title')
    table.timestamp('at').defaultTo('2024-02-29T12:00:00Z')
  })
  await db.schema.createTable('reader', (table) => {
    table.integer('book').references('book.id')
    table.integer('author').references('author.id')
  })
  observe(
    'graph',
    await Author.query().insertGraph([
      {
        name: 'Ann',
        facts: { a: ["it's", null] },
        books: [{ title: 'One', readers: [{ name: 'Rita' }, { name: 'Rob' }] }, { title: 'Two' }],
      },
      { name: 'Bob', books: [{ title: 'Three' }] },
    ])
  )
  observe('fetched', await Author.query().withGraphFetched('books.[readers, writer]').orderBy('id'))
  observe(
    'joined',
    await Author.query().withGraphJoined('books').where('books.title', 'like', 'T%').orderBy('books.id')
  )
  observe(
    'aggregate',
    await Author.query()
      .select('name', Author.relatedQuery('books').count().as('n'))
      .whereExists(Author.relatedQuery('books'))
      .orderBy('name')
  )
  observe('patch', await Author.query().patchAndFetchById(1, { facts: { b: 1 } }))
  observe(
    'json',
    await Author.query()
      .whereJsonSupersetOf('facts', { b: 1 })
      .select('name', raw('facts -> ? as ??', ['b', 'it']))
  )
  observe('page', await Book.query().orderBy('id').page(0, 2))
  observe(
    'upsert',
    await Author.query().upsertGraphAndFetch({ id: 1, books: [{ id: 1, title: 'Uno' }, { title: 'New' }] })
  )
  observe(
    'transaction',
    await failure(
      Author.transaction(async (trx) => {
        await Author.query(trx).insert({ name: 'Cecil' })
        observe(
          'nested',
          await failure(
            trx.transaction(async (inner) => {
              await Author.query(inner).insert({ name: 'Dora' })
              await Author.query(inner).insert({ name: 'Ann' })
            })
          )
        )
        return Author.query(trx).resultSize()
      })
    )
  )
  observe(
    'rolled back',
    await failure(
      transaction(Author, async (Bound) => {
        await Bound.query().delete().where('name', 'Rob')
        throw new TypeError('no')
      })
    )
  )
  observe('authors', await Author.query().orderBy('id').select('name'))
  const unique = await Author.query()
    .insert({ name: 'Ann' })
    .catch((error) => error)
  observe('unique violation', [
    unique instanceof UniqueViolationError,
    unique instanceof DBError,
    unique.table,
    unique.columns,
    unique.constraint,
    unique.nativeError.code,
  ])
  const foreign = await Book.query()
    .insert({ author: 99 })
    .catch((error) => error)
  observe('foreign key violation', [
    foreign instanceof ForeignKeyViolationError,
    foreign.table,
    foreign.constraint,
  ])
  const missing = await db('author')
    .insert({ name: null })
    .catch((error) => error)
  observe('not null violation', [
    missing.code,
    missing.column,
    (await Author.query()
      .update({ name: raw('null') })
      .catch((error) => error)) instanceof NotNullViolationError,
  ])
  observe('syntax error', await failure(Author.query().whereRaw('a frm b')))
  observe(
    'in parallel',
    (
      await Promise.all(
        Array.from({ length: 12 }, (_, n) =>
          Book.query()
            .select(raw('?::int as n', [n]))
            .first()
        )
      )
    ).map(({ n }) => n)
  )
  const outside = knex({ client: 'pg', connection: config, pool: { min: 0, max: 1 } })
  // The pool may still be opening some.
  const end =
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'objection'"
  await until('they are gone', async () => (await outside.raw(end)).rowCount === 0)
  observe(
    'after the loss',
    await until('a query works', () =>
      Author.query()
        .resultSize()
        .catch(() => undefined)
    )
  )
  await outside.destroy()
  await db.destroy()
  observe('destroyed', await failure(Author.query()))
})
