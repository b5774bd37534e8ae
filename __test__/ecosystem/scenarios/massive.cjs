'use strict'

const massive = require('massive')
const { scenario } = require('../scenario.cjs')

scenario(async ({ config, observe, failure }) => {
  const db = await massive(config, { scripts: __dirname + '/none' }, { noWarnings: true })
  await db.query(`
    CREATE TABLE author (id serial PRIMARY KEY, name text UNIQUE NOT NULL, tags text[]);
    CREATE TABLE book (id serial PRIMARY KEY, author int NOT NULL REFERENCES author, title text, facts jsonb, price numeric);
    CREATE VIEW dear AS SELECT * FROM book WHERE price > 1;
    CREATE FUNCTION doubled(n int) RETURNS int LANGUAGE sql AS $$ SELECT n * 2 $$`)
  await db.reload()
  observe('tables', [db.listTables().sort(), db.listViews(), db.listFunctions().includes('doubled')])
  observe('insert', await db.author.insert({ name: 'Ann', tags: ['a', 'b c'] }))
  observe(
    'several',
    (
      await db.book.insert(
        [1, 2, 3].map((n) => ({ author: 1, title: `Book ${n}`, facts: { n }, price: n / 2 }))
      )
    ).map(({ id, price, facts }) => [id, price, facts])
  )
  observe(
    'deep insert',
    await db.author.insert({ name: 'Bob', book: [{ author: undefined, title: 'Deep' }] })
  )
  observe(
    'find',
    await db.book.find(
      { 'price >': 0.5, or: [{ title: 'Book 2' }, { 'facts.n': 3 }] },
      { order: [{ field: 'id', direction: 'desc' }], fields: ['id', 'title'] }
    )
  )
  observe(
    'join',
    await db.author
      .join({ book: { type: 'INNER', on: { author: 'id' } } })
      .find({ 'book.title like': 'Book%' })
  )
  observe('update', await db.book.update({ id: 1 }, { title: 'New' }))
  observe('save, count, view, destroy', [
    (await db.book.save({ id: 2, title: 'Saved' })).title,
    await db.book.count({ author: 1 }),
    await db.dear.find(),
    (await db.book.destroy({ id: 3 })).length,
  ])
  observe('function', await db.doubled(21))
  observe('documents', [
    (await db.saveDoc('docs', { title: "it's", score: 1 })).title,
    (await db.docs.findDoc({ 'score >=': 1 })).length,
  ])
  observe(
    'transaction',
    await failure(
      db.withTransaction(async (tx) => {
        await tx.author.insert({ name: 'Cecil' })
        observe(
          'nested',
          await failure(
            tx.withTransaction(async (inner) => {
              await inner.author.insert({ name: 'Dora' })
              await inner.author.insert({ name: 'Ann' })
            })
          )
        )
        return tx.author.count()
      })
    )
  )
  observe(
    'rolled back',
    await failure(
      db.withTransaction(async (tx) => {
        await tx.author.insert({ name: 'Eve' })
        throw new TypeError('no')
      })
    )
  )
  observe(
    'authors',
    (await db.author.find({}, { order: [{ field: 'id' }] })).map(({ name }) => name)
  )
  observe('unique violation', await failure(db.author.insert({ name: 'Ann' })))
  observe('syntax error', await failure(db.query('SELEC 1')))
  observe(
    'stream',
    await failure(async () => {
      const stream = await db.book.find({}, { stream: true, order: [{ field: 'id' }] })
      const titles = []
      for await (const row of stream) titles.push(row.title)
      return titles
    })
  )
  observe('refused', await failure(massive({ ...config, port: 1 }, {}, { noWarnings: true })))
  db.instance.$pool.end()
})
