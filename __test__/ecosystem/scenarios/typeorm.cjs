'use strict'

require('reflect-metadata')
const { finished } = require('node:stream/promises')
const {
  DataSource,
  EntitySchema,
  EntityNotFoundError,
  In,
  QueryFailedError,
  MoreThan,
  Raw,
} = require('typeorm')
const pg = require('pg')
const { scenario } = require('../scenario.cjs')

const Author = new EntitySchema({
  name: 'author',
  columns: {
    id: { type: 'int', primary: true, generated: true },
    name: { type: 'text', unique: true },
    tags: { type: 'text', array: true, nullable: true },
    born: { type: 'date', nullable: true },
    mood: { type: 'enum', enum: ['good', 'bad'], nullable: true },
    version: { type: 'int', version: true },
  },
  relations: { books: { type: 'one-to-many', target: 'book', inverseSide: 'author', cascade: true } },
})
const Book = new EntitySchema({
  name: 'book',
  columns: {
    id: { type: 'uuid', primary: true, generated: 'uuid' },
    title: { type: 'varchar', length: 80 },
    price: { type: 'numeric', precision: 8, scale: 2, nullable: true },
    pages: { type: 'bigint', nullable: true },
    facts: { type: 'jsonb', nullable: true },
    list: { type: 'simple-array', nullable: true },
    cover: { type: 'bytea', nullable: true },
    at: { type: 'timestamptz', nullable: true },
    took: { type: 'interval', nullable: true },
    place: { type: 'point', nullable: true },
    weight: { type: 'float8', nullable: true },
    days: { type: 'daterange', nullable: true },
  },
  relations: {
    author: {
      type: 'many-to-one',
      target: 'author',
      inverseSide: 'books',
      onDelete: 'CASCADE',
      nullable: false,
    },
    fans: { type: 'many-to-many', target: 'author', joinTable: { name: 'fan' } },
  },
  indices: [{ columns: ['title', 'author'], unique: true }],
})

class Tables1700000000000 {
  async up(runner) {
    await runner.query('CREATE VIEW priced AS SELECT title, price FROM book WHERE price IS NOT NULL')
  }
  async down(runner) {
    await runner.query('DROP VIEW priced')
  }
}

const withoutId = ({ id, ...rest }) => ({ ...rest, id: typeof id })

scenario(async ({ config, url, observe, failure, until }) => {
  const place = {
    type: 'postgres',
    host: config.host,
    port: config.port,
    username: config.user,
    password: config.password,
    database: config.database,
  }
  const lost = []
  const db = new DataSource({
    ...place,
    applicationName: 'typeorm',
    entities: [Author, Book],
    migrations: [Tables1700000000000],
    synchronize: true,
    poolSize: 4,
    extra: { idleTimeoutMillis: 0 },
    poolErrorHandler: (error) => lost.push(error.code),
    logging: false,
  })
  await db.initialize()
  observe(
    'synchronized again',
    (await db.driver.createSchemaBuilder().log()).upQueries.map(({ query }) => query)
  )
  observe('migrations', [
    (await db.runMigrations()).map(({ name }) => name),
    await db.showMigrations(),
    (await db.query('SELECT * FROM priced')).length,
  ])
  const authors = db.getRepository('author')
  const books = db.getRepository('book')

  const ann = await authors.save({
    name: 'Ann',
    tags: ['a', 'b "c"'],
    born: '1970-01-02',
    mood: 'good',
    books: [{ title: 'One' }],
  })
  observe('insert', [ann.id, ann.version, typeof ann.books[0].id])
  const bob = await authors.save({ name: "B'ob" })
  const one = ann.books[0]
  await books.save({
    ...one,
    price: '12.50',
    pages: '9007199254740993',
    facts: { a: ['ü', null] },
    list: ['x', 'y'],
    cover: Buffer.from([0, 255]),
    at: new Date('2024-02-29T12:00:00.123Z'),
    took: '1 day 02:03',
    place: { x: 1, y: 2.5 },
    weight: 0.1,
    days: '[2024-02-29,2024-03-02)',
    fans: [bob],
  })
  observe('types', withoutId(await books.findOneBy({ id: one.id })))
  observe(
    'many',
    (
      await books.insert(
        Array.from({ length: 40 }, (_, i) => ({
          author: { id: 1 + (i % 2) },
          title: `Book ${i}`,
          price: i / 4,
        }))
      )
    ).identifiers.length
  )
  observe(
    'relations',
    (
      await authors.find({
        relations: { books: true },
        where: { books: { price: MoreThan(9) } },
        order: { id: 'ASC', books: { title: 'ASC' } },
      })
    ).map((author) => ({ ...author, books: author.books.map(withoutId) }))
  )
  observe(
    'fans',
    (await books.findOne({ where: { title: 'One' }, relations: { fans: true, author: true } })).fans
  )
  observe(
    'builder',
    await authors
      .createQueryBuilder('a')
      .leftJoin('a.books', 'b')
      .select(['a.name AS name', 'sum(b.price) AS worth', 'count(*) AS n'])
      .groupBy('a.id')
      .orderBy('a.id')
      .having('count(*) > :least', { least: 1 })
      .getRawMany()
  )
  observe(
    'page',
    await books
      .createQueryBuilder('b')
      .select(['b.title'])
      .orderBy('b.price', 'DESC', 'NULLS LAST')
      .skip(3)
      .take(2)
      .getManyAndCount()
  )
  observe(
    'operators',
    await authors.find({
      where: { name: In(['Ann', 'x']), tags: Raw((column) => `:tag = ANY(${column})`, { tag: 'a' }) },
    })
  )
  observe('update', (await books.update({ author: { id: 2 } }, { list: ['z'] })).affected)
  observe(
    'update returning',
    (
      await books
        .createQueryBuilder()
        .update()
        .set({ price: () => 'price + 1' })
        .where('title = :title', { title: 'One' })
        .returning('price')
        .execute()
    ).raw
  )
  observe('upsert', (await authors.upsert([{ name: 'Ann', born: '2000-02-29' }], ['name'])).identifiers)
  observe(
    'version',
    (await authors.save({ ...(await authors.findOneByOrFail({ name: 'Ann' })), mood: 'bad' })).version
  )
  observe('none', [
    await authors.findOneBy({ id: -1 }),
    (await authors.findOneByOrFail({ id: -1 }).catch((error) => error)) instanceof EntityNotFoundError,
  ])
  observe('raw', await db.query('SELECT $1::int AS one, $2::text AS two', [1, 'x']))
  observe('raw update', await db.query("UPDATE author SET mood = 'good' RETURNING name"))
  observe('tagged', await failure(async () => db.sql`SELECT ${7}::int AS seven`))

  observe(
    'transaction',
    await failure(
      db.transaction(async (manager) => {
        await manager.save('author', { name: 'Cecil' })
        observe(
          'nested',
          await failure(
            manager.transaction(async (inner) => {
              await inner.save('author', { name: 'Dora' })
              await inner.save('author', { name: 'Ann' })
            })
          )
        )
        return (await manager.find('author', { order: { id: 'ASC' } })).map(({ name }) => name)
      })
    )
  )
  observe(
    'rolled back',
    await failure(
      db.transaction('SERIALIZABLE', async (manager) => {
        observe('isolation', await manager.query('SHOW transaction_isolation'))
        await manager.createQueryBuilder().delete().from('book').execute()
        throw new TypeError('no')
      })
    )
  )
  const runner = db.createQueryRunner()
  await runner.connect()
  await runner.startTransaction()
  await runner.query('DELETE FROM fan')
  observe('runner', await failure(runner.query('SELEC 1')))
  await runner.rollbackTransaction()
  await runner.release()
  observe('released', await failure(runner.query('SELECT 1')))
  observe('still there', [await books.count(), (await db.query('SELECT count(*) FROM fan'))[0].count])
  observe(
    'locked',
    await db.transaction(
      async (manager) =>
        (await manager.findOne('author', { where: { id: 1 }, lock: { mode: 'pessimistic_write' } })).name
    )
  )

  const unique = await authors.insert({ name: 'Ann' }).catch((error) => error)
  observe('unique violation', [
    unique instanceof QueryFailedError,
    unique.driverError instanceof pg.DatabaseError,
    unique.code,
    unique.constraint?.slice(0, 3),
    unique.detail,
    unique.query,
    unique.parameters,
  ])
  observe('foreign key violation', await failure(books.insert({ title: 'x', author: { id: 99 } })))
  observe('syntax error', await failure(db.query('SELEC 1')))
  const refused = new DataSource({ ...place, port: 1 })
  observe('connection refused', await failure(refused.initialize()))
  observe(
    await failure(
      new DataSource({ ...place, extra: { options: '-c search_path=nowhere' } })
        .initialize()
        .then((other) => other.destroy())
    )
  )

  const streamed = []
  const stream = await books.createQueryBuilder('b').orderBy('b.title').stream()
  stream.on('data', (row) => streamed.push(row.b_title))
  await finished(stream)
  observe('stream', streamed)
  const streamer = db.createQueryRunner()
  const heard = []
  const broken = await streamer.stream(
    'SELECT 1 / (3 - n) AS q FROM generate_series(1, 5) n',
    [],
    () => heard.push('end'),
    ({ code }) => heard.push(code)
  )
  broken.resume()
  await failure(finished(broken))
  await streamer.release()
  observe('stream error', heard)

  observe(
    'in parallel',
    (await Promise.all(Array.from({ length: 20 }, (_, n) => db.query('SELECT $1::int AS n', [n])))).map(
      ([{ n }]) => n
    )
  )
  const { master } = db.driver
  observe('pool', [master.totalCount, master.waitingCount, master.options.max])
  const byDriver = await new DataSource({
    type: 'postgres',
    url,
    driver: pg,
    parseInt8: true,
    entities: [Author, Book],
  }).initialize()
  observe('by url and driver', await byDriver.query('SELECT count(*) FROM author'))
  pg.defaults.parseInt8 = false

  const end =
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'typeorm'"
  await until('all are gone', async () => (await byDriver.query(end)).length === 0)
  await until('the pool knows', () => lost.length === 4)
  observe('after the loss', [lost, await authors.count()])
  await byDriver.destroy()
  await db.undoLastMigration()
  await db.dropDatabase()
  await db.destroy()
  observe('destroyed', [db.isInitialized, await failure(db.query('SELECT 1'))])
})
