'use strict'

const { DataTypes, Op, QueryTypes, Sequelize, Transaction, ...errors } = require('sequelize')
const pg = require('pg')
const { scenario } = require('../scenario.cjs')

scenario(async ({ config, url, observe, failure, until }) => {
  const place = {
    dialect: 'postgres',
    host: config.host,
    port: config.port,
    username: config.user,
    password: config.password,
    database: config.database,
  }
  const logged = []
  const db = new Sequelize({
    ...place,
    logging: (text) => logged.push(text),
    pool: { max: 4 },
    dialectOptions: { application_name: 'sequelize', statement_timeout: 5000 },
  })
  await db.authenticate()
  observe('version', /^\d+\.\d+/.test(await db.databaseVersion()))
  observe(
    'session',
    await db.query(
      "SELECT current_setting('application_name') AS name, current_setting('statement_timeout') AS t, current_setting('TimeZone') AS zone",
      { type: QueryTypes.SELECT }
    )
  )

  const Author = db.define(
    'author',
    {
      name: { type: DataTypes.STRING, allowNull: false, unique: true, validate: { len: [2, 20] } },
      tags: DataTypes.ARRAY(DataTypes.TEXT),
      born: DataTypes.DATEONLY,
      mood: DataTypes.ENUM('good', 'bad'),
      moods: DataTypes.ARRAY(DataTypes.ENUM('good', 'bad')),
    },
    { timestamps: false }
  )
  const Book = db.define(
    'book',
    {
      title: { type: DataTypes.STRING, allowNull: false },
      price: DataTypes.DECIMAL(8, 2),
      pages: DataTypes.BIGINT,
      facts: DataTypes.JSONB,
      cover: DataTypes.BLOB,
      at: DataTypes.DATE(3),
      weight: DataTypes.DOUBLE,
      sold: { type: DataTypes.BOOLEAN, defaultValue: false },
      code: DataTypes.UUID,
      span: DataTypes.RANGE(DataTypes.INTEGER),
      days: DataTypes.RANGE(DataTypes.DATEONLY),
      place: DataTypes.INET,
    },
    { timestamps: false, paranoid: false }
  )
  Author.hasMany(Book, { foreignKey: { allowNull: false }, onDelete: 'RESTRICT' })
  Book.belongsTo(Author)
  const Fan = db.define('fan', { stars: DataTypes.INTEGER }, { timestamps: false })
  Author.belongsToMany(Book, { through: Fan, as: 'likes' })
  Book.belongsToMany(Author, { through: Fan, as: 'fans' })
  await db.sync()
  await Fan.sync({ alter: true })
  observe('tables', (await db.getQueryInterface().showAllTables()).sort())
  observe('columns', await db.getQueryInterface().describeTable('authors'))

  const ann = await Author.create({
    name: 'Ann',
    tags: ['a', 'b "c"'],
    born: '1970-01-02',
    mood: 'good',
    moods: ['bad', 'good'],
  })
  observe('insert', ann)
  const bob = await Author.create({ name: "B'ob", books: [{ title: 'Of Bob' }] }, { include: Book })
  observe('with books', bob)
  const one = await ann.createBook({
    title: 'One',
    price: '12.50',
    pages: '9007199254740993',
    facts: { a: ['ü', null] },
    cover: Buffer.from([0, 255]),
    at: new Date('2024-02-29T12:00:00.123Z'),
    weight: 0.1,
    code: '0f7cf4a5-8f6f-4d5c-9d6c-000000000000',
    span: [1, 5],
    days: ['2024-02-29', '2024-03-01'],
    place: '10.0.0.1',
  })
  observe('types', await one.reload())
  observe(
    'bulk',
    (
      await Book.bulkCreate(
        Array.from({ length: 40 }, (_, i) => ({ authorId: 1 + (i % 2), title: `Book ${i}`, price: i / 4 })),
        { returning: true }
      )
    ).length
  )
  await one.addFans([bob], { through: { stars: 5 } })
  observe(
    'relations',
    await Author.findAll({
      include: [
        { model: Book, where: { price: { [Op.gt]: 9 } } },
        { association: 'likes', attributes: ['title'] },
      ],
      order: ['id', [Book, 'id']],
    })
  )
  observe(
    'aggregate',
    await Book.findAll({
      attributes: ['authorId', [db.fn('sum', db.col('price')), 'worth'], [db.fn('count', '*'), 'n']],
      group: 'authorId',
      order: ['authorId'],
      raw: true,
    })
  )
  observe(
    'operators',
    await Book.count({
      where: {
        [Op.or]: [{ facts: { a: { [Op.ne]: null } } }, { title: { [Op.iLike]: 'book 1%' } }],
        span: { [Op.or]: [null, { [Op.contains]: 3 }] },
      },
    })
  )
  observe(
    'arrays',
    await Author.findAll({ where: { tags: { [Op.contains]: ['a'] } }, attributes: ['name', 'moods'] })
  )
  observe(
    'page',
    await Book.findAndCountAll({ limit: 2, offset: 3, order: ['id'], attributes: ['id', 'title'] })
  )
  observe('update', await Book.update({ sold: true }, { where: { authorId: 2 }, returning: ['id'] }))
  observe(
    'increment',
    await one
      .increment('weight', { by: 2 })
      .then(() => one.reload())
      .then(({ weight }) => weight)
  )
  observe('upsert', await Author.upsert({ name: 'Ann', born: '2000-02-29' }, { conflictFields: ['name'] }))
  observe(
    'find or create',
    (
      await Promise.all(
        ['Ann', 'Eve', 'Eve'].map((name) => failure(Author.findOrCreate({ where: { name } })))
      )
    ).map(({ resolved }) => resolved?.[0].name)
  )
  observe('destroy', await Author.destroy({ where: { name: 'Eve' } }))
  observe('bound', await db.query('SELECT $1::int AS one, $2::text AS two; ', { bind: [1, 'x'] }))
  observe(
    'replaced',
    await db
      .query('SELECT :a AS a, :b AS b', { replacements: { a: "it's", b: [1, 2] }, type: QueryTypes.SELECT })
      .catch((error) => error.message)
  )

  observe(
    'transaction',
    await failure(
      db.transaction(async (transaction) => {
        await Author.create({ name: 'Cecil' }, { transaction })
        observe(
          'nested',
          await failure(
            db.transaction({ transaction }, async (inner) => {
              await Author.create({ name: 'Dora' }, { transaction: inner })
              await Author.create({ name: 'Ann' }, { transaction: inner })
            })
          )
        )
        return Author.findAll({ transaction, order: ['id'], attributes: ['name'], raw: true, lock: true })
      })
    )
  )
  observe(
    'rolled back',
    await failure(
      db.transaction({ isolationLevel: Transaction.ISOLATION_LEVELS.SERIALIZABLE }, async (transaction) => {
        observe(
          'isolation',
          await db.query('SHOW transaction_isolation', { transaction, plain: true, raw: true })
        )
        await Fan.destroy({ where: {}, transaction })
        throw new TypeError('no')
      })
    )
  )
  const unmanaged = await db.transaction()
  await Fan.destroy({ where: {}, transaction: unmanaged })
  await unmanaged.rollback()
  observe('still there', await Fan.count())

  const unique = await Author.create({ name: 'Ann' }).catch((error) => error)
  observe('unique violation', [
    unique instanceof errors.UniqueConstraintError,
    unique.fields,
    unique.errors.map(({ message, path, value }) => [message, path, value]),
    await failure(Promise.reject(unique.parent)),
  ])
  const foreign = await Book.create({ title: 'x', authorId: 99 }).catch((error) => error)
  observe('foreign key violation', [
    foreign instanceof errors.ForeignKeyConstraintError,
    foreign.table,
    foreign.fields,
    foreign.index,
    foreign.parent instanceof pg.DatabaseError,
  ])
  observe('validation', await failure(Author.create({ name: 'x' })))
  observe('syntax error', await failure(db.query('SELEC 1')))
  observe('timeout', await failure(db.query('SET statement_timeout = 50; SELECT pg_sleep(20)')))
  const refused = new Sequelize({ ...place, port: 1, logging: false })
  observe('connection refused', await failure(refused.authenticate()))
  const stranger = new Sequelize({ ...place, password: 'wrong', logging: false })
  observe('wrong password', await failure(stranger.authenticate()))
  await Promise.all([refused.close(), stranger.close()])

  observe(
    'in parallel',
    (
      await Promise.all(
        Array.from({ length: 20 }, (_, n) => db.query('SELECT $1::int AS n', { bind: [n], plain: true }))
      )
    ).map(({ n }) => n)
  )
  observe('logged', [logged.length > 50, logged[0]])
  const { pool } = db.connectionManager
  observe('pool', [pool.size, pool.waiting])

  const byUrl = new Sequelize(url, { dialectModule: pg, logging: false })
  observe('by url and module', await byUrl.query('SELECT count(*) AS n FROM authors', { plain: true }))
  const end =
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'sequelize'"
  await until('all are gone', async () => (await byUrl.query(end, { type: QueryTypes.SELECT })).length === 0)
  observe('after the loss', await until('a query works', () => Author.count().catch(() => undefined)))
  await db.drop({ cascade: true })
  observe('dropped', (await byUrl.getQueryInterface().showAllTables()).length)
  await Promise.all([byUrl.close(), db.close()])
  observe('closed', await failure(db.authenticate()))
})
