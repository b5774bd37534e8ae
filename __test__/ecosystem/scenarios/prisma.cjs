'use strict'

const { PrismaPg } = require('@prisma/adapter-pg')
const pg = require('pg')
const { Prisma, PrismaClient } = require('../prisma/client/client')
const { scenario } = require('../scenario.cjs')

// What `prisma db push` would do; it needs an engine that is downloaded.
const DDL = `
  CREATE TYPE "Role" AS ENUM ('WRITER', 'READER');
  CREATE TABLE "Author" (id serial PRIMARY KEY, name text NOT NULL UNIQUE, tags text[], role "Role" NOT NULL DEFAULT 'WRITER');
  CREATE TABLE "Book" (id serial PRIMARY KEY, "authorId" int NOT NULL REFERENCES "Author", title text NOT NULL, price numeric(8, 2),
    pages bigint, facts jsonb, cover bytea, at timestamp(3), day date, weight float8, sold boolean NOT NULL DEFAULT false, code uuid,
    UNIQUE ("authorId", title));
  CREATE TABLE "_likes" ("A" int NOT NULL REFERENCES "Author" ON DELETE CASCADE, "B" int NOT NULL REFERENCES "Book" ON DELETE CASCADE,
    PRIMARY KEY ("A", "B"));
  CREATE INDEX ON "_likes" ("B");`

scenario(async ({ config, url, observe, failure, until }) => {
  const pool = new pg.Pool({ ...config, max: 4, application_name: 'prisma' })
  await pool.query(DDL)
  const heard = []
  pool.on('error', ({ code }) => heard.push(code))
  const logged = []
  const db = new PrismaClient({
    adapter: new PrismaPg(pool, { disposeExternalPool: true, onPoolError: () => {} }),
    log: [
      { level: 'query', emit: 'event' },
      { level: 'error', emit: 'event' },
    ],
    errorFormat: 'minimal',
    // Their defaults are short for a busy machine.
    transactionOptions: { maxWait: 20_000, timeout: 20_000 },
  })
  db.$on('query', ({ query, params }) => logged.push([query, params]))
  const known = async (work) => {
    const error = await work.catch((reason) => reason)
    return [
      error instanceof Prisma.PrismaClientKnownRequestError,
      error.name,
      error.code,
      error.message,
      error.meta,
    ]
  }

  observe(
    'insert',
    await db.author.create({
      data: { name: 'Ann', tags: ['a', 'b "c"'], books: { create: [{ title: 'One' }, { title: 'Two' }] } },
      include: { books: true },
    })
  )
  observe(
    'many',
    await db.author.createMany({
      data: [{ name: "B'ob", role: 'READER' }, { name: 'Ann' }],
      skipDuplicates: true,
    })
  )
  observe(
    'returning',
    (
      await db.book.createManyAndReturn({
        data: Array.from({ length: 40 }, (_, i) => ({
          authorId: 1 + (i % 2),
          title: `Book ${i}`,
          price: i / 4,
        })),
        select: { title: true },
      })
    ).length
  )
  const one = await db.book.update({
    where: { authorId_title: { authorId: 1, title: 'One' } },
    data: {
      price: '12.50',
      pages: 9007199254740993n,
      facts: { a: ['ü', null] },
      cover: Buffer.from([0, 255]),
      at: new Date('2024-02-29T12:00:00.123Z'),
      day: new Date('2024-02-29'),
      weight: 0.1,
      code: '0f7cf4a5-8f6f-4d5c-9d6c-000000000000',
      fans: { connect: { id: 2 } },
    },
  })
  observe('types', { ...one, cover: Buffer.from(one.cover) })
  observe('constructors', [
    one.price.constructor.name,
    typeof one.pages,
    one.cover instanceof Uint8Array,
    one.at instanceof Date,
  ])
  observe(
    'relations',
    await db.author.findMany({
      include: {
        books: {
          where: { price: { gt: 9 } },
          orderBy: { id: 'desc' },
          take: 2,
          select: { title: true, price: true, fans: true },
        },
        _count: { select: { books: true, likes: true } },
      },
      orderBy: { id: 'asc' },
    })
  )
  observe(
    'operators',
    await db.book.findMany({
      where: {
        OR: [
          { facts: { path: ['a', '0'], equals: 'ü' } },
          { title: { startsWith: 'book 1', mode: 'insensitive' } },
        ],
        author: { is: { tags: { has: 'a' } } },
      },
      select: { title: true },
      orderBy: { title: 'asc' },
    })
  )
  observe(
    'page',
    await db.book.findMany({
      cursor: { id: 5 },
      skip: 1,
      take: 2,
      orderBy: { id: 'asc' },
      select: { id: true },
    })
  )
  observe(
    'aggregate',
    await db.book.aggregate({
      _sum: { price: true },
      _avg: { weight: true },
      _max: { pages: true, at: true },
      _count: true,
    })
  )
  observe(
    'groups',
    await db.book.groupBy({
      by: ['authorId'],
      _count: true,
      _max: { price: true },
      having: { price: { _max: { gt: 10 } } },
      orderBy: { authorId: 'asc' },
    })
  )
  observe(
    'update',
    await db.book.updateMany({ where: { authorId: 2 }, data: { sold: true, price: { multiply: 2 } } })
  )
  observe(
    'upsert',
    await db.author.upsert({
      where: { name: 'Ann' },
      create: { name: 'Ann' },
      update: { tags: { push: 'd' } },
    })
  )
  observe('none', await db.author.findUnique({ where: { id: -1 } }))
  observe(
    'together',
    (await Promise.all([1, 2, 1].map((id) => db.author.findUnique({ where: { id } })))).map(
      ({ name }) => name
    )
  )
  observe(
    'raw',
    await db.$queryRaw`SELECT ${1}::int AS one, ${'x'}::text AS two, 3::bigint AS three, 4.5::numeric AS four, '2024-02-29'::date AS day, '{1,2}'::int[] AS list, '10:00'::time AS at, true AS yes`
  )
  observe('raw update', await db.$executeRaw`UPDATE "Book" SET weight = ${2.5} WHERE id = ${1}`)

  observe(
    'transaction',
    await failure(
      db.$transaction(async (tx) => {
        await tx.author.create({ data: { name: 'Cecil' } })
        return tx.author.findMany({ select: { name: true }, orderBy: { id: 'asc' } })
      })
    )
  )
  observe(
    'rolled back',
    await failure(
      db.$transaction(
        async (tx) => {
          observe('isolation', await tx.$queryRaw`SHOW transaction_isolation`)
          await tx.book.deleteMany()
          throw new TypeError('no')
        },
        { isolationLevel: 'Serializable' }
      )
    )
  )
  observe(
    'batch',
    await known(
      db.$transaction([
        db.author.create({ data: { name: 'Dora' } }),
        db.author.create({ data: { name: 'Ann' } }),
      ])
    )
  )
  observe(
    'too slow',
    await known(
      db.$transaction(
        async (tx) => {
          await tx.author.create({ data: { name: 'Eve' } })
          await tx.$queryRaw`SELECT pg_sleep(0.4)::text`
          await tx.author.count()
        },
        { timeout: 200 }
      )
    ).then(([is, name, code]) => [is, name, code])
  )
  observe('still there', [await db.book.count(), await db.author.count()])

  observe('unique violation', await known(db.author.create({ data: { name: 'Ann' } })))
  observe('foreign key violation', await known(db.book.create({ data: { title: 'x', authorId: 99 } })))
  observe('not found', await known(db.author.update({ where: { id: 99 }, data: { name: 'x' } })))
  observe('syntax error', await known(db.$queryRawUnsafe('SELEC 1')))
  observe(
    'validation',
    (await db.author.create({ data: {} }).catch((error) => error)) instanceof
      Prisma.PrismaClientValidationError
  )
  const refused = new PrismaClient({ adapter: new PrismaPg({ ...config, port: 1 }), errorFormat: 'minimal' })
  observe('connection refused', await failure(refused.author.count()))
  await refused.$disconnect()
  const stranger = new PrismaClient({
    adapter: new PrismaPg({ ...config, password: 'wrong' }),
    errorFormat: 'minimal',
  })
  observe('wrong password', await failure(stranger.author.count()))
  await stranger.$disconnect()

  observe(
    'in parallel',
    (await Promise.all(Array.from({ length: 20 }, (_, n) => db.$queryRaw`SELECT ${n}::int AS n`))).map(
      ([{ n }]) => n
    )
  )
  observe(
    'transactions in parallel',
    await Promise.all(
      [1, 2, 1, 2, 1].map((id) =>
        db.$transaction(async (tx) => (await tx.author.findUniqueOrThrow({ where: { id } })).name)
      )
    )
  )
  observe('logged', [logged.length > 60, logged[0]])
  observe('pool', [pool.totalCount, pool.idleCount, pool.waitingCount])

  const byUrl = new PrismaClient({ adapter: new PrismaPg({ connectionString: url }, { schema: 'public' }) })
  observe('by url', await byUrl.author.count())
  const ended = () =>
    byUrl.$executeRaw`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'prisma'`
  await until('all are gone', async () => (await ended()) === 0)
  observe('after the loss', await until('a query works', () => db.author.count().catch(() => undefined)))
  observe('lost', [...new Set(heard)])
  await byUrl.$disconnect()
  await db.$disconnect()
  observe('pool has ended', pool.ended || pool.ending)
})
