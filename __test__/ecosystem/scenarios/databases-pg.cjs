'use strict'

const { Writable } = require('node:stream')
const { pipeline } = require('node:stream/promises')
const createConnectionPool = require('@databases/pg')
const { sql, isSQLError, SQLErrorCode, IsolationLevel } = createConnectionPool
const { scenario } = require('../scenario.cjs')

scenario(async ({ url, observe, failure, until }) => {
  const events = []
  const db = createConnectionPool({
    connectionString: url,
    poolSize: 3,
    bigIntMode: 'bigint',
    onQueryStart: (query, { text }) => void events.push(`start ${text.slice(0, 20).trim()}`),
    onQueryError: (query, formatted, error) => void events.push(`error ${error.code}`),
    onConnectionOpened: () => void events.push('opened'),
    onConnectionClosed: () => void events.push('closed'),
    onError: (error) => void events.push(`pool error ${error.message}`),
  })
  await db.query(
    sql`CREATE TABLE author (id bigserial PRIMARY KEY, name text UNIQUE NOT NULL, tags text[], born date, facts jsonb)`
  )
  await db.query([
    sql`CREATE TABLE book (id serial PRIMARY KEY, author bigint REFERENCES author, title text)`,
    sql`CREATE INDEX ON book(author)`,
  ])
  observe(
    'insert',
    await db.query(
      sql`INSERT INTO author(name, tags, born, facts) VALUES (${'Ann'}, ${['a', 'b c']}, ${new Date(0)}, ${JSON.stringify({ a: "it's" })}) RETURNING *`
    )
  )
  await db.query(
    sql`INSERT INTO book(author, title) VALUES ${sql.join(
      ['One', 'Two', 'Three'].map((title) => sql`(1, ${title})`),
      ', '
    )}`
  )
  observe(
    'relations',
    await db.query(
      sql`SELECT a.name, count(*) AS books, array_agg(b.title ORDER BY b.id) AS titles FROM author a JOIN book b ON b.author = a.id GROUP BY a.id`
    )
  )
  observe('several', await db.query([sql`SELECT ${1}::int AS a`, sql`SELECT ${'x'} AS b`]))
  observe('events', events.splice(0))
  observe(
    'transaction',
    await failure(
      db.tx(async (tx) => {
        await tx.query(sql`INSERT INTO author(name) VALUES ('Bob')`)
        observe(
          'nested',
          await failure(
            tx.tx(async (inner) => {
              await inner.query(sql`INSERT INTO author(name) VALUES ('Cecil')`)
              await inner.query(sql`INSERT INTO author(name) VALUES ('Ann')`)
            })
          )
        )
        return tx.query(sql`SELECT name FROM author ORDER BY id`)
      })
    )
  )
  observe(
    'rolled back',
    await failure(
      db.tx(
        async (tx) => {
          await tx.query(sql`DELETE FROM book`)
          throw new TypeError('no')
        },
        { isolationLevel: IsolationLevel.SERIALIZABLE }
      )
    )
  )
  let runs = 0
  observe(
    'serialization failures are tried again',
    await failure(
      db.tx(
        async (tx) => {
          const [{ count }] = await tx.query(sql`SELECT count(*)::int AS count FROM book`)
          // The other transaction is what this one can not be ordered with.
          if (++runs === 1)
            await db.tx(
              async (other) => {
                await other.query(sql`SELECT count(*) FROM author`)
                await other.query(sql`INSERT INTO book(author, title) VALUES (1, 'Four')`)
              },
              { isolationLevel: IsolationLevel.SERIALIZABLE }
            )
          await tx.query(sql`UPDATE author SET facts = ${JSON.stringify({ count })} WHERE name = 'Ann'`)
          return count
        },
        { isolationLevel: IsolationLevel.SERIALIZABLE, retrySerializationFailures: true }
      )
    )
  )
  observe('runs', runs)
  observe('task', await db.task(async (task) => (await task.query(sql`SELECT 1 AS one`))[0].one))
  events.length = 0
  observe('unique violation', await failure(db.query(sql`INSERT INTO author(name) VALUES ('Ann')`)))
  observe(
    'is it an SQL error',
    await db
      .query(sql`INSERT INTO author(name) VALUES ('Ann')`)
      .catch((error) => [isSQLError(error), error.code === SQLErrorCode.UNIQUE_VIOLATION])
  )
  observe('syntax error', await failure(db.query(sql`SELECT 1 FRM x`)))
  observe(
    'events of errors',
    events.splice(0).filter((event) => !/closed|opened/.test(event))
  )

  const rows = []
  observe(
    'stream',
    await failure(async () => {
      for await (const row of db.queryStream(sql`SELECT n FROM generate_series(1, 500) n`, { batchSize: 50 }))
        rows.push(row.n)
      return [rows.length, rows.at(-1)]
    })
  )
  observe(
    'node stream',
    await failure(async () => {
      let count = 0
      await pipeline(
        db.queryNodeStream(sql`SELECT n FROM generate_series(1, 300) n`, { highWaterMark: 20 }),
        new Writable({ objectMode: true, write: (_, __, done) => (count++, done()) })
      )
      return count
    })
  )
  await db
    .task(async (task) => {
      observe('terminated', await failure(task.query(sql`SELECT pg_terminate_backend(pg_backend_pid())`)))
    })
    .catch(() => {})
  // A lost connection that is still in its pool may fail one query more.
  await until('it queries again', () => db.query(sql`SELECT 1`).catch(() => undefined))
  observe(
    'after the loss',
    await Promise.all([1, 2, 3, 4, 5].map(async (n) => (await db.query(sql`SELECT ${n}::int AS n`))[0].n))
  )
  const refused = createConnectionPool({
    connectionString: url.replace(/:\d+\//, ':1/'),
    bigIntMode: 'bigint',
    onError: () => {},
  })
  observe('refused', await failure(refused.query(sql`SELECT 1`)))
  await refused.dispose()
  await db.dispose()
  observe('disposed', await failure(db.query(sql`SELECT 1`)))
})
