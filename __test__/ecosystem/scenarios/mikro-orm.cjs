'use strict'

const core = require('@mikro-orm/core')
const { EntitySchema, LockMode, MikroORM, raw } = require('@mikro-orm/postgresql')
const { scenario } = require('../scenario.cjs')

const Author = new EntitySchema({
  name: 'Author',
  properties: {
    id: { type: 'number', primary: true },
    name: { type: 'string', unique: true },
    tags: { type: 'string[]', nullable: true, columnType: 'text[]' },
    born: { type: 'date', nullable: true },
    mood: { enum: true, items: ['good', 'bad'], nullable: true, nativeEnumName: 'mood' },
    version: { type: 'number', version: true },
    books: { kind: '1:m', entity: () => 'Book', mappedBy: 'author' },
  },
})
const Book = new EntitySchema({
  name: 'Book',
  properties: {
    id: { type: 'number', primary: true },
    author: { kind: 'm:1', entity: () => 'Author' },
    fans: { kind: 'm:n', entity: () => 'Author', owner: true },
    title: { type: 'string' },
    price: { type: 'decimal', precision: 8, scale: 2, nullable: true },
    pages: { type: 'bigint', nullable: true },
    facts: { type: 'json', nullable: true },
    cover: { type: 'blob', nullable: true },
    at: { type: 'datetime', length: 3, nullable: true },
    took: { type: 'interval', nullable: true },
    weight: { type: 'double', nullable: true },
    code: { type: 'uuid', nullable: true },
  },
  uniques: [{ properties: ['author', 'title'] }],
})

scenario(async ({ config, url, observe, failure, until }) => {
  const place = {
    host: config.host,
    port: config.port,
    user: config.user,
    password: config.password,
    dbName: config.database,
    entities: [Author, Book],
  }
  const logged = []
  const orm = await MikroORM.init({
    ...place,
    pool: { min: 0, max: 4 },
    driverOptions: { connection: { application_name: 'mikro-orm' }, log: { warn: () => {} } },
    logger: (text) => logged.push(text),
    debug: true,
    colors: false,
    ensureDatabase: true,
  })
  observe('connected', [await orm.isConnected(), await orm.checkConnection()])
  await orm.schema.createSchema()
  observe('update of the schema', await orm.schema.getUpdateSchemaSQL())

  const em = orm.em.fork()
  const ann = em.create('Author', { name: 'Ann', tags: ['a', 'b "c"'], born: '1970-01-02', mood: 'good' })
  const bob = em.create('Author', { name: "B'ob" })
  em.create('Book', {
    author: ann,
    title: 'One',
    price: '12.50',
    pages: 9007199254740993n,
    facts: { a: ['ü', null] },
    cover: Buffer.from([0, 255]),
    at: new Date('2024-02-29T12:00:00.123Z'),
    took: '1 day 02:03:00',
    weight: 0.1,
    code: '0f7cf4a5-8f6f-4d5c-9d6c-000000000000',
    fans: [bob],
  })
  for (let i = 0; i < 40; i++)
    em.create('Book', { author: i % 2 ? bob : ann, title: `Book ${i}`, price: String(i / 4) })
  await em.flush()
  observe(
    'insert',
    [ann, bob].map(({ id, version }) => [id, version])
  )
  const fresh = () => orm.em.fork()
  observe('types', core.wrap(await fresh().findOneOrFail('Book', { title: 'One' })).toPOJO())
  observe(
    'relations',
    (
      await fresh().find(
        'Author',
        {},
        {
          populate: ['books.fans'],
          populateWhere: { books: { price: { $gt: 9 } } },
          orderBy: { id: 1, books: { title: 1 } },
        }
      )
    ).map((author) => core.wrap(author).toObject())
  )
  observe(
    'joined',
    (
      await fresh().find(
        'Book',
        { fans: { name: "B'ob" } },
        { populate: ['author'], strategy: 'joined', fields: ['title', 'author.name'] }
      )
    ).map((book) => core.wrap(book).toObject())
  )
  observe(
    'operators',
    await fresh().count('Book', {
      $or: [{ title: { $ilike: 'book 1%' } }, { facts: { a: { $ne: null } } }],
      author: { tags: { $contains: ['a'] } },
    })
  )
  observe(
    'page',
    await fresh()
      .findAndCount('Book', {}, { limit: 2, offset: 3, orderBy: { id: 1 }, fields: ['title'] })
      .then(([books, n]) => [books.map(({ title }) => title), n])
  )
  observe(
    'builder',
    await fresh()
      .createQueryBuilder('Author', 'a')
      .leftJoin('a.books', 'b')
      .select(['a.name', raw('sum(b.price) as worth'), raw('count(*) as n')])
      .groupBy(['a.id'])
      .orderBy({ 'a.id': 1 })
      .execute()
  )
  observe(
    'raw',
    await fresh()
      .getConnection()
      .execute('select ?::int as one, ?::text as two, now() > ? as later', [1, "it's", new Date(0)])
  )
  observe('knex', await orm.em.getKnex().select(orm.em.getKnex().raw('1 as one')))
  observe('update', await fresh().nativeUpdate('Book', { author: 2 }, { weight: raw('2.5 * 2') }))
  observe('upsert', core.wrap(await fresh().upsert('Author', { name: 'Ann', born: '2000-02-29' })).toObject())
  const stale = fresh()
  const old = await stale.findOneOrFail('Author', 1)
  await fresh().nativeUpdate('Author', 1, { mood: 'bad', version: raw('version + 1') })
  old.mood = null
  observe('optimistic lock', await failure(stale.flush()))
  observe(
    'identity',
    await (async () => {
      const one = fresh()
      const [a, b] = await Promise.all([one.findOne('Author', 2), one.findOne('Author', { name: "B'ob" })])
      a.name = 'Bobby'
      await one.flush()
      return [a === b, (await fresh().findOne('Author', 2)).name, b.version]
    })()
  )

  observe(
    'transaction',
    await failure(
      fresh().transactional(async (outer) => {
        outer.create('Author', { name: 'Cecil' })
        await outer.flush()
        observe(
          'nested',
          await failure(
            outer.transactional(async (inner) => {
              inner.create('Author', { name: 'Dora' })
              inner.create('Author', { name: 'Ann' })
            })
          )
        )
        return outer
          .getConnection()
          .execute('select name from author order by id', [], 'all', outer.getTransactionContext())
      })
    )
  )
  observe(
    'rolled back',
    await failure(
      fresh().transactional(
        async (inner) => {
          observe('isolation', await inner.execute('show transaction_isolation'))
          await inner.nativeDelete('Book', {})
          throw new TypeError('no')
        },
        { isolationLevel: core.IsolationLevel.SERIALIZABLE }
      )
    )
  )
  const manual = fresh()
  await manual.begin()
  await manual.findOne('Author', 1, { lockMode: LockMode.PESSIMISTIC_WRITE })
  await manual.nativeDelete('Author', { name: 'Cecil' })
  await manual.rollback()
  observe('still there', [await fresh().count('Book'), await fresh().count('Author')])

  const kind = (error) => [
    error instanceof core.DriverException,
    error.constructor.name,
    error.code,
    error.constraint,
    error.message,
  ]
  const caught = async (work) => kind(await work.catch((error) => error))
  observe('unique violation', await caught(fresh().insert('Author', { name: 'Ann' })))
  observe('foreign key violation', await caught(fresh().insert('Book', { title: 'x', author: 99 })))
  observe('not null violation', await caught(fresh().execute('insert into author (name) values (null)')))
  observe('syntax error', await caught(fresh().execute('selec 1')))
  observe('no table', await caught(fresh().execute('select * from nothing')))
  const refused = await MikroORM.init({ ...place, port: 1, connect: false, logger: () => {} })
  observe('connection refused', [await refused.isConnected(), await refused.checkConnection()])
  await refused.close()

  observe(
    'in parallel',
    (await Promise.all(Array.from({ length: 20 }, (_, n) => fresh().execute('select ?::int as n', [n])))).map(
      ([{ n }]) => n
    )
  )
  observe('logged', [
    logged.length > 50,
    logged.some((text) => text.includes('insert into "author" ("name", "tags"')),
  ])
  const byUrl = await MikroORM.init({ clientUrl: url, entities: [Author, Book], logger: () => {} })
  observe('by url', await byUrl.em.fork().count('Author'))
  const end =
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'mikro-orm'"
  await until('all are gone', async () => (await byUrl.em.fork().execute(end)).length === 0)
  observe(
    'after the loss',
    await until('a query works', () =>
      fresh()
        .count('Author')
        .catch(() => undefined)
    )
  )
  await byUrl.close()
  await orm.schema.dropSchema()
  await orm.close(true)
  observe('closed', await orm.isConnected())
})
