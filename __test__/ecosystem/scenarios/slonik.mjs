import { createRequire } from 'node:module'
import { createPool, createTypeParserPreset, sql, NotFoundError } from 'slonik'
import pg from 'pg'
import { z } from 'zod'

const { scenario } = createRequire(import.meta.url)('../scenario.cjs')

scenario(async ({ url, observe, failure, until }) => {
  const log = []
  const outside = new pg.Client(url)
  await outside.connect()
  const pool = await createPool(url, {
    maximumPoolSize: 2,
    connectionRetryLimit: 0,
    statementTimeout: 5000,
    typeParsers: [...createTypeParserPreset(), { name: 'int4', parse: (value) => `int ${value}` }],
    interceptors: [
      {
        name: 'camel',
        transformRow: (context, query, row, fields) => {
          log.push(`row of ${fields.length} fields`)
          return row
        },
        afterQueryExecution: (context, query, result) => {
          log.push(`${result.command} ${result.rowCount}`)
          return null
        },
      },
    ],
  })
  const seen = (name) => observe(`log of ${name}`, log.splice(0))
  pool.on('error', (error) => log.push(`pool error ${error.name}`))
  await pool.query(
    sql.unsafe`CREATE TABLE author (id bigserial PRIMARY KEY, name text UNIQUE NOT NULL, age int CHECK (age > 0))`
  )
  await pool.query(
    sql.unsafe`CREATE TABLE book (id serial PRIMARY KEY, author bigint NOT NULL REFERENCES author, title text, facts jsonb, at timestamptz, on_day date, size numeric, tags text[])`
  )
  const author = z.object({ id: z.any(), name: z.string() })
  observe(
    'insert',
    await pool.one(
      sql.type(author)`INSERT INTO author(name, age) VALUES (${'Ann'}, ${30}) RETURNING id, name`
    )
  )
  observe(
    'unnest',
    await pool
      .query(
        sql.unsafe`
    INSERT INTO book(author, title, facts, at, on_day, size, tags)
    SELECT 1, title, '{"a": [1, 2]}', '2024-02-29T12:00:00Z', '2024-02-29', 1.50, '{x,"y z"}'
    FROM ${sql.unnest([['One'], ['Two'], ['Three']], ['text'])} AS u(title)`
      )
      .then(({ command, rowCount, type, notices, fields }) => ({ command, rowCount, type, notices, fields }))
  )
  observe('values', await pool.any(sql.unsafe`SELECT * FROM book ORDER BY id LIMIT 1`))
  observe(
    'relations',
    await pool.many(sql.unsafe`
    SELECT a.name, b.title, ${sql.json({ x: 1 })}::jsonb AS j, ${sql.array([1, 2], 'int4')} AS n, ${sql.timestamp(new Date(0))} AS at, ${sql.binary(Buffer.from([0, 255]))}::bytea AS bytes
    FROM author a JOIN book b ON b.author = a.id WHERE b.title = ANY(${sql.array(['One', 'Two'], 'text')}) ORDER BY b.id`)
  )
  observe('types of fields', (await pool.query(sql.unsafe`SELECT 1 AS a, 'x'::text AS b, true AS c`)).fields)
  seen('queries')
  observe(
    'fragments',
    await pool.maybeOneFirst(
      sql.unsafe`SELECT ${sql.fragment`title`} FROM ${sql.identifier(['public', 'book'])} WHERE ${sql.join([sql.fragment`id = 2`, sql.fragment`true`], sql.fragment` AND `)}`
    )
  )
  observe('maybe none', await pool.maybeOne(sql.unsafe`SELECT 1 WHERE false`))
  observe('exists', await pool.exists(sql.unsafe`SELECT 1`))

  const names = async (where) => where.anyFirst(sql.unsafe`SELECT name FROM author ORDER BY id`)
  observe(
    'nested transactions',
    await failure(
      pool.transaction(async (outer) => {
        await outer.query(sql.unsafe`INSERT INTO author(name) VALUES ('Bob')`)
        observe(
          'inner failure',
          await failure(
            outer.transaction(async (inner) => {
              await inner.query(sql.unsafe`INSERT INTO author(name) VALUES ('Cecil')`)
              await inner.query(sql.unsafe`INSERT INTO author(name) VALUES ('Ann')`)
            })
          )
        )
        await outer.transaction((inner) => inner.query(sql.unsafe`INSERT INTO author(name) VALUES ('Dora')`))
        return names(outer)
      })
    )
  )
  observe(
    'rolled back',
    await failure(
      pool.transaction(async (outer) => {
        await outer.query(sql.unsafe`DELETE FROM book`)
        throw new TypeError('no')
      })
    )
  )
  observe('names', await names(pool))
  observe(
    'sticky',
    await pool.connect(async (connection) => {
      await connection.query(sql.unsafe`SET application_name = 'sticky'`)
      return connection.oneFirst(sql.unsafe`SHOW application_name`)
    })
  )
  observe('after sticky', await pool.oneFirst(sql.unsafe`SHOW application_name`))
  seen('transactions')

  observe('unique violation', await failure(pool.query(sql.unsafe`INSERT INTO author(name) VALUES ('Ann')`)))
  observe(
    'check violation',
    await failure(pool.query(sql.unsafe`INSERT INTO author(name, age) VALUES ('Eve', 0)`))
  )
  observe('not null violation', await failure(pool.query(sql.unsafe`INSERT INTO author(name) VALUES (NULL)`)))
  observe(
    'foreign key violation',
    await failure(pool.query(sql.unsafe`INSERT INTO book(author) VALUES (99)`))
  )
  observe('syntax error', await failure(pool.query(sql.unsafe`SELEC 1`)))
  observe('invalid input', await failure(pool.query(sql.unsafe`SELECT ${'x'}::int4`)))
  observe('several statements', await failure(pool.query(sql.unsafe`SELECT 1; SELECT 2`)))
  observe('not found', await failure(pool.one(sql.unsafe`SELECT 1 WHERE false`)))
  observe(
    'not found class',
    await pool.one(sql.unsafe`SELECT 1 WHERE false`).catch((error) => error instanceof NotFoundError)
  )
  observe(
    'statement timeout',
    await failure(
      pool.connect(async (connection) => {
        await connection.query(sql.unsafe`SET statement_timeout = 50`)
        await connection.query(sql.unsafe`SELECT pg_sleep(30)`)
      })
    )
  )
  observe(
    'idle in transaction',
    await failure(
      pool.transaction(async (outer) => {
        await outer.query(sql.unsafe`SET idle_in_transaction_session_timeout = 50`)
        const pid = await outer.oneFirst(sql.unsafe`SELECT pg_backend_pid()::text`)
        await until(
          'the session is lost',
          async () =>
            (
              await outside.query(
                'SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid = $1',
                [pid]
              )
            ).rowCount === 0
        )
        await outer.query(sql.unsafe`SELECT 1`)
      })
    )
  )
  log.splice(0)
  observe(
    'terminated',
    await failure(
      pool.connect(async (connection) => {
        const pid = await connection.oneFirst(sql.unsafe`SELECT pg_backend_pid()::text`)
        await connection.query(sql.unsafe`SELECT pg_terminate_backend(${pid}::int4)`)
      })
    )
  )
  observe(
    'cancelled',
    await failure(
      pool.connect(async (connection) => {
        const pid = await connection.oneFirst(sql.unsafe`SELECT pg_backend_pid()::text`)
        const sleeping = connection.query(sql.unsafe`SELECT pg_sleep(30)`)
        sleeping.catch(() => {})
        await until('the query runs', () =>
          pool
            .oneFirst(
              sql.unsafe`SELECT (state = 'active')::text FROM pg_stat_activity WHERE datname = current_database() AND pid = ${pid}::int4`
            )
            .then((v) => v === 'true')
        )
        await pool.query(sql.unsafe`SELECT pg_cancel_backend(${pid}::int4)`)
        await sleeping
      })
    )
  )
  observe(
    'after losses',
    await Promise.all([1, 2, 3, 4].map((n) => pool.oneFirst(sql.unsafe`SELECT ${n}::text`)))
  )
  log.splice(0)

  const streamed = []
  observe(
    'stream',
    await failure(
      pool.stream(sql.unsafe`SELECT n FROM generate_series(1, 250) n`, (stream) => {
        stream.on('data', ({ data, fields }) => streamed.push([data.n, fields]))
      })
    )
  )
  observe('streamed', [streamed.length, streamed[0], streamed.at(-1)])
  observe(
    'stream error',
    await failure(pool.stream(sql.unsafe`SELEC 1`, (stream) => stream.on('data', () => {})))
  )
  observe('after stream', await pool.oneFirst(sql.unsafe`SELECT 'fine'`))
  observe('state', pool.state())
  await pool.end()
  await outside.end()
  observe('ended', [pool.state(), await failure(pool.query(sql.unsafe`SELECT 1`))])
  const refused = await failure(async () =>
    (await createPool(url.replace(/:\d+\//, ':1/'), { connectionRetryLimit: 0 })).query(sql.unsafe`SELECT 1`)
  )
  observe('connection refused', refused)
})
