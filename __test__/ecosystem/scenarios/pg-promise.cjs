'use strict'

const { Writable } = require('node:stream')
const { pipeline } = require('node:stream/promises')
const { scenario } = require('../scenario.cjs')
const QueryStream = require('pg-query-stream')

scenario(async ({ config, observe, failure, until }) => {
  const events = []
  const pgp = require('pg-promise')({
    capSQL: true,
    connect: ({ useCount }) => events.push(useCount ? 'connect again' : 'connect'),
    disconnect: () => events.push('disconnect'),
    error: (error, { query }) => events.push(`error ${error.code} in ${String(query).slice(0, 20)}`),
    receive: ({ data, result, ctx }) => {
      events.push(
        `receive ${data.length} of ${result ? result.command : 'no result'}${ctx.ctx ? ` in ${ctx.ctx.tag}` : ''}`
      )
    },
    extend: (object) => {
      object.authorNames = () => object.map('SELECT name FROM author ORDER BY id', [], (row) => row.name)
    },
  })
  const { ParameterizedQuery, PreparedStatement, helpers, errors, txMode } = pgp
  const seen = (name) => observe(`events of ${name}`, events.splice(0))
  const db = pgp({ ...config, max: 3 })

  await db.none(
    'CREATE TABLE author (id serial PRIMARY KEY, name text UNIQUE NOT NULL, tags text[], born date)'
  )
  await db.none(
    'CREATE TABLE book (id serial PRIMARY KEY, author int REFERENCES author, title text, price numeric, facts jsonb, pages bigint)'
  )
  observe(
    'insert',
    await db.one('INSERT INTO author(name, tags, born) VALUES($1, $2, $3) RETURNING *', [
      'Ann',
      ['a', 'b c'],
      new Date(0),
    ])
  )
  seen('first queries')

  const columns = new helpers.ColumnSet(
    ['author', 'title', 'price', { name: 'facts', cast: 'jsonb' }, 'pages'],
    { table: 'book' }
  )
  const books = Array.from({ length: 25 }, (_, i) => ({
    author: 1,
    title: `Book's "${i}"`,
    price: i / 4,
    facts: { i, deep: [null, { a: 'ü' }] },
    pages: 2n ** 53n + BigInt(i),
  }))
  observe('many rows', (await db.many(`${helpers.insert(books, columns)} RETURNING id`)).length)
  observe(
    'formats',
    await db.one(
      'SELECT ${text} AS text, ${number} AS number, ${list:csv} AS one, ${object:json} AS json, ${name:name}::int AS named FROM book WHERE id = 1',
      { text: "it's", number: 1.5, list: [7], object: { a: [1, "'"] }, name: 'author' }
    )
  )
  observe(
    'relations',
    await db.any(
      `SELECT a.name, count(*) AS books, json_agg(b.title ORDER BY b.id) FILTER (WHERE b.id < 3) AS titles, max(b.pages) AS most
     FROM author a JOIN book b ON b.author = a.id GROUP BY a.id`
    )
  )
  observe('one or none', await db.oneOrNone('SELECT * FROM author WHERE id = -1'))
  observe(
    'result',
    await db.result('UPDATE book SET price = price + 1 WHERE id < $1', [5], (result) => result.rowCount)
  )
  observe(
    'several results',
    (
      await db.multiResult('SELECT 1 AS a; SELECT 2 AS b WHERE false; UPDATE book SET price = 0 WHERE id = 1')
    ).map((r) => [r.command, r.rowCount, r.rows])
  )
  observe('extension', await db.authorNames())
  await db.none('CREATE FUNCTION doubled(n int) RETURNS TABLE(n2 int) LANGUAGE sql AS $$ SELECT n * 2 $$')
  observe('function', await db.func('doubled', [21]))
  seen('queries')

  const byId = new PreparedStatement({
    name: 'book-by-id',
    text: 'SELECT title, price FROM book WHERE id = $1',
    rowMode: 'array',
  })
  observe('prepared', [await db.one(byId, [2]), await db.one(byId, [3])])
  observe(
    'parameterized',
    await db.one(new ParameterizedQuery({ text: 'SELECT $1::int + $2::int AS sum', values: [1, 2] }))
  )
  observe(
    'prepared statements of the server',
    await db.task(async (t) => {
      await t.one(byId, [2])
      return t.map(
        'SELECT name, calls FROM (SELECT name, 1 AS calls FROM pg_prepared_statements) s',
        [],
        (row) => row.name
      )
    })
  )
  seen('prepared')

  const nested = await failure(
    db.tx('outer', async (t) => {
      await t.none("INSERT INTO author(name) VALUES('Bob')")
      observe(
        'inner failure',
        await failure(
          t.tx('inner', async (s) => {
            await s.none("INSERT INTO author(name) VALUES('Cecil')")
            await s.none("INSERT INTO author(name) VALUES('Ann')")
          })
        )
      )
      await t.tx('inner', (s) => s.none("INSERT INTO author(name) VALUES('Dora')"))
      return t.authorNames()
    })
  )
  observe('nested transaction', nested)
  seen('nested transaction')
  observe(
    'rolled back',
    await failure(
      db.tx(async (t) => {
        await t.none('DELETE FROM book')
        throw new TypeError('no')
      })
    )
  )
  observe('still there', await db.one('SELECT count(*)::int FROM book', [], (row) => row.count))
  const serializable = new txMode.TransactionMode({
    tiLevel: txMode.isolationLevel.serializable,
    readOnly: true,
  })
  observe(
    'mode',
    await failure(
      db.tx({ mode: serializable }, async (t) => [
        await t.one('SHOW transaction_isolation'),
        await t.none('DELETE FROM author'),
      ])
    )
  )
  observe(
    'tasks in parallel',
    await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        db.task((t) => t.batch([t.one('SELECT $1 AS v', [i]), t.one('SELECT $1::int * 2 AS v', [i])]))
      )
    )
  )
  observe('pool', { total: db.$pool.totalCount, idle: db.$pool.idleCount, waiting: db.$pool.waitingCount })
  events.length = 0

  observe('unique violation', await failure(db.none("INSERT INTO author(name) VALUES('Ann')")))
  observe('syntax error', await failure(db.any('SELEC 1')))
  observe('no data', await failure(db.one('SELECT 1 WHERE false')))
  observe(
    'query result error',
    await db.one('SELECT 1 WHERE false').catch((e) => e instanceof errors.QueryResultError)
  )
  observe(
    'error in prepared',
    await failure(db.one({ name: 'broken', text: 'SELECT 1 / $1::int', values: [0] }))
  )
  const refused = pgp({ ...config, port: 1 })
  observe('connection refused', await failure(refused.any('SELECT 1')))
  seen('errors')

  observe(
    'stream',
    await failure(async () => {
      const titles = []
      const info = await db.stream(
        new QueryStream('SELECT id, title FROM book ORDER BY id', [], { batchSize: 7 }),
        (stream) => {
          stream.pipe(
            new Writable({ objectMode: true, write: (row, _, done) => (titles.push(row.title), done()) })
          )
        }
      )
      return [info.processed, titles.length, titles[3]]
    })
  )
  observe(
    'stream error',
    await failure(
      db.stream(new QueryStream('SELECT 1 / 0'), (stream) =>
        pipeline(stream, new Writable({ objectMode: true, write: (_, __, done) => done() })).catch(() => {})
      )
    )
  )
  events.length = 0

  const heard = []
  const direct = await db.connect({
    direct: true,
    onLost: (error, { start }) => heard.push(`lost ${error.code} ${error.message} ${start instanceof Date}`),
  })
  direct.client.on('notification', ({ channel, payload }) => heard.push([channel, payload]))
  await direct.none('LISTEN $1:name', 'chánnel')
  await db.none('NOTIFY $1:name, $2', ['chánnel', 'hello'])
  await until('notification', () => heard.length)
  await db.any('SELECT pg_terminate_backend($1)', [direct.client.processID])
  await until('loss', () => heard.length > 1)
  observe('heard', heard)
  observe('lost connection', await failure(direct.any('SELECT 1')))
  observe('done twice', await failure(async () => (await direct.done(), direct.done())))
  await db
    .task(async (t) => {
      const { pid } = await t.one('SELECT pg_backend_pid() AS pid')
      observe('lost in a task', await failure(t.any('SELECT pg_terminate_backend($1)', [pid])))
    })
    .catch((error) => observe('task after loss', error.message))
  observe('after losses', await Promise.all(Array.from({ length: 5 }, () => db.one('SELECT 1 AS one'))))
  events.length = 0

  pgp.pg.types.setTypeParser(20, BigInt)
  observe('type parser', await db.one('SELECT pages FROM book WHERE id = 3'))
  class Point {
    constructor(x, y) {
      Object.assign(this, { x, y, rawType: true })
    }
    toPostgres() {
      return pgp.as.format('point($1, $2)', [this.x, this.y])
    }
  }
  observe('custom type', await db.one('SELECT $1 AS p', [new Point(1, 2)]))

  const shared = await db.connect()
  await shared.none('SET search_path TO pg_catalog')
  shared.done()
  const { $pool } = db
  pgp.end()
  observe('ended', [await until('it has ended', () => $pool.ended), await failure(db.any('SELECT 1'))])
  seen('end')
})
