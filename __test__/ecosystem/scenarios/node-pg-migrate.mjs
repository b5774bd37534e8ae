import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { PG_MIGRATE_LOCK_ID, runner } from 'node-pg-migrate'
import pg from 'pg'

const require = createRequire(import.meta.url)
const { scenario } = require('../scenario.cjs')

const MIGRATIONS = {
  '1_authors.js': `
    export const shorthands = { label: { type: 'varchar(40)', notNull: true } }
    export const up = (pgm) => {
      pgm.createType('mood', ['fine', 'tired'])
      pgm.createTable('author', { id: 'id', name: { type: 'label', unique: true }, mood: { type: 'mood', default: 'fine' }, facts: 'jsonb' })
      pgm.createIndex('author', 'name', { method: 'hash' })
      pgm.sql("INSERT INTO author(name) VALUES ('it''s')")
    }
    export const down = (pgm) => { pgm.dropTable('author'); pgm.dropType('mood') }`,
  '2_books.sql': `-- Up Migration
    CREATE TABLE book (id serial PRIMARY KEY, author int NOT NULL REFERENCES author ON DELETE CASCADE, title text);
    INSERT INTO book(author, title) SELECT id, 'It''s; one' FROM author;
    -- Down Migration
    DROP TABLE book;`,
  '3_trigger.js': `
    export const up = async (pgm) => {
      const [{ count }] = (await pgm.db.query('SELECT count(*)::int FROM book')).rows
      if (count !== 1) throw new Error('one book was expected, not ' + count)
      const [{ moods }] = await pgm.db.select({ text: 'SELECT enum_range(NULL::mood)::text[] AS moods WHERE $1', values: [true] })
      pgm.createFunction('shout', [], { returns: 'trigger', language: 'plpgsql' }, 'BEGIN NEW.title = upper(NEW.title); RETURN NEW; END')
      pgm.createTrigger('book', 'shouting', { when: 'BEFORE', operation: ['INSERT'], function: 'shout', level: 'ROW' })
      pgm.sql("INSERT INTO book(author, title) SELECT id, '" + moods.join(' ') + "' FROM author")
      pgm.createView('titles', {}, 'SELECT title FROM book')
    }
    export const down = (pgm) => { pgm.dropView('titles'); pgm.dropTrigger('book', 'shouting'); pgm.dropFunction('shout', []); pgm.sql('DELETE FROM book WHERE id > 1') }`,
  '4_concurrent_index.js': `
    export const up = (pgm) => { pgm.noTransaction(); pgm.createIndex('book', 'title', { concurrently: true, name: 'by_title' }) }
    export const down = (pgm) => { pgm.noTransaction(); pgm.dropIndex('book', 'title', { concurrently: true, name: 'by_title' }) }`,
}
const BROKEN = `
  export const up = (pgm) => {
    pgm.createTable('half', { id: 'id' })
    pgm.sql("INSERT INTO author(name) VALUES ('twice'), ('twice')")
  }`

scenario(async ({ config, url, observe, failure, until }) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'oxpg-migrations-'))
  await writeFile(path.join(dir, 'package.json'), '{"type":"module"}')
  const migrations = path.join(dir, 'migrations')
  await mkdir(migrations)
  for (const [name, text] of Object.entries(MIGRATIONS)) await writeFile(path.join(migrations, name), text)
  const log = []
  const logger = Object.fromEntries(
    ['debug', 'info', 'warn', 'error'].map((level) => [
      level,
      (message) => log.push(`${level} ${String(message).split('\n')[0].replace(dir, '<dir>')}`),
    ])
  )
  const options = {
    databaseUrl: url,
    dir: migrations,
    migrationsTable: 'migrations',
    logger,
    checkOrder: true,
  }
  const seen = (name) => observe(`log of ${name}`, log.splice(0))
  const names = (done) => done.map(({ name }) => name)
  const client = new pg.Client(config)
  await client.connect()
  // The lock of a run goes with its session, whose end it does not wait for.
  const isFree = async () =>
    (
      await client.query(
        "SELECT FROM pg_locks JOIN pg_database d ON d.oid = database WHERE locktype = 'advisory' AND datname = current_database()"
      )
    ).rowCount === 0
  const migrate = async (how) => {
    await until('nobody migrates', isFree)
    return runner(how)
  }
  const relations = async () =>
    (
      await client.query(
        "SELECT relname, relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1"
      )
    ).rows.map((row) => `${row.relkind} ${row.relname}`)

  observe('up', names(await migrate({ ...options, direction: 'up', count: 2, verbose: false })))
  seen('up')
  observe('rest', names(await migrate({ ...options, databaseUrl: config, direction: 'up', count: Infinity })))
  observe('relations', await relations())
  observe(
    'rows',
    (await client.query({ text: 'SELECT a.name, a.mood, t.title FROM author a, titles t', rowMode: 'array' }))
      .rows
  )
  observe(
    'done',
    (await client.query('SELECT name, run_on IS NOT NULL AS dated FROM migrations ORDER BY id')).rows
  )
  log.length = 0

  await writeFile(path.join(migrations, '5_broken.js'), BROKEN)
  observe('failed migration', await failure(migrate({ ...options, direction: 'up', count: 1 })))
  observe('nothing is left of it', await relations())
  seen('failed migration')
  observe(
    'dry run',
    await failure(migrate({ ...options, direction: 'down', count: 1, dryRun: true }).then(names))
  )
  await rm(path.join(migrations, '5_broken.js'))

  observe('down', names(await migrate({ ...options, direction: 'down', count: 1 })))
  observe(
    'by a client of the app',
    names(
      await migrate({ ...options, databaseUrl: undefined, dbClient: client, direction: 'down', count: 1 })
    )
  )
  observe('it is still open', [(await client.query('SELECT 1 AS one')).rows, await relations()])
  log.length = 0
  await client.query('SELECT pg_advisory_lock($1)', [PG_MIGRATE_LOCK_ID])
  observe(
    'while another migrates',
    await failure(runner({ ...options, direction: 'up', count: 1 }).then(names))
  )
  await client.query('SELECT pg_advisory_unlock($1)', [PG_MIGRATE_LOCK_ID])
  log.length = 0
  observe('down to nothing', names(await migrate({ ...options, direction: 'down', count: 2 })))
  observe('empty again', await relations())
  observe(
    'connection refused',
    await failure(migrate({ ...options, databaseUrl: { ...config, port: 1 }, direction: 'up' }))
  )
  observe(
    'wrong password',
    await failure(migrate({ ...options, databaseUrl: { ...config, password: 'wrong' }, direction: 'up' }))
  )
  log.length = 0

  const program = path.join(
    path.dirname(require.resolve('node-pg-migrate/package.json')),
    'bin/node-pg-migrate.js'
  )
  const child = spawn(
    process.execPath,
    [
      ...process.execArgv,
      program,
      'up',
      '--migrations-dir',
      migrations,
      '--migrations-table',
      'by_program',
      '--no-verbose',
    ],
    { env: { ...process.env, DATABASE_URL: url }, stdio: ['ignore', 'pipe', 'pipe'] }
  )
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk) => (stdout += chunk))
  child.stderr.on('data', (chunk) => (stderr += chunk))
  const code = await new Promise((resolve) => child.once('close', resolve))
  observe('program', { code, stdout: stdout.replaceAll(dir, '<dir>').split('\n').slice(0, 4), stderr })
  observe('made by program', await relations())
  await client.end()
  await rm(dir, { recursive: true })
})
