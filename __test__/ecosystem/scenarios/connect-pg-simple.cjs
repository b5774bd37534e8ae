'use strict'

/* global fetch */

const express = require('express')
const session = require('express-session')
const { Pool } = require('pg')
const connect = require('connect-pg-simple')
const { scenario } = require('../scenario.cjs')

scenario(async ({ config, url, observe, failure, until }) => {
  const complaints = []
  const Store = connect(session)
  const pool = new Pool({ ...config, max: 4 })
  const store = new Store({
    pool,
    tableName: 'visits',
    createTableIfMissing: true,
    pruneSessionInterval: 60,
    errorLog: (...parts) => complaints.push(parts.map(String)),
  })

  const app = express()
  app.use(
    session({
      store,
      secret: 'secret',
      resave: false,
      saveUninitialized: false,
      rolling: true,
      cookie: { maxAge: 60_000 },
    })
  )
  app.get('/count', (request, response) => {
    request.session.count = (request.session.count ?? 0) + 1
    request.session.facts = { name: "it's ü", when: new Date(0) }
    response.json({ count: request.session.count, facts: request.session.facts })
  })
  app.get('/look', (request, response) => response.json({ count: request.session.count ?? null }))
  app.get('/renew', (request, response, next) =>
    request.session.regenerate((error) => (error ? next(error) : response.json({})))
  )
  app.get('/leave', (request, response, next) =>
    request.session.destroy((error) => (error ? next(error) : response.json({})))
  )
  // Express knows an error handler by its four parameters.
  // eslint-disable-next-line no-unused-vars
  app.use((error, request, response, next) => response.status(500).json({ error: error.message }))
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const base = `http://127.0.0.1:${server.address().port}`
  const visitor = () => {
    let cookie
    return async (path) => {
      const response = await fetch(base + path, {
        headers: { connection: 'close', ...(cookie && { cookie }) },
      })
      cookie = response.headers.get('set-cookie')?.split(';')[0] ?? cookie
      return [response.status, await response.json()]
    }
  }

  const [ann, bob] = [visitor(), visitor()]
  observe('first visits', [
    await ann('/look'),
    await ann('/count'),
    await ann('/count'),
    await bob('/count'),
    await ann('/look'),
  ])
  observe(
    'table',
    (
      await pool.query(
        "SELECT column_name, data_type, is_nullable FROM information_schema.columns WHERE table_name = 'visits' ORDER BY ordinal_position"
      )
    ).rows
  )
  observe(
    'rows',
    (
      await pool.query(
        "SELECT sess ->> 'count' AS count, sess -> 'facts' AS facts, expire > now() AS valid FROM visits ORDER BY 1"
      )
    ).rows
  )
  const crowd = Array.from({ length: 15 }, visitor)
  observe(
    'crowd',
    (
      await Promise.all(
        crowd.map(async (visit) => (await visit('/count'), await visit('/count'), visit('/look')))
      )
    ).map(([, { count }]) => count)
  )
  observe('renewed', [await bob('/renew'), await bob('/look')])
  observe('left', [await ann('/leave'), await ann('/look')])
  observe('sessions', (await pool.query('SELECT count(*)::int FROM visits')).rows)
  await pool.query(
    "UPDATE visits SET expire = now() - interval '1 hour' WHERE sid IN (SELECT sid FROM visits LIMIT 5)"
  )
  observe(
    'pruned',
    await new Promise((resolve) => store.pruneSessions(resolve)).then(async (error) => [
      error ?? null,
      (await pool.query('SELECT count(*)::int FROM visits')).rows,
    ])
  )

  const [lost] = (
    await pool.query(
      'SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()'
    )
  ).rows
  pool.on('error', (error) => complaints.push([error.message]))
  const before = pool.totalCount
  if (lost) await pool.query('SELECT pg_terminate_backend($1)', [lost.pid])
  await until('the loss is seen', () => complaints.length === 1 && pool.totalCount < before)
  observe(
    'after a loss',
    await Promise.all(crowd.slice(0, 6).map((visit) => visit('/count').then(([status]) => status)))
  )
  await pool.query('ALTER TABLE visits RENAME TO gone')
  observe('without table', await crowd[7]('/look'))
  observe(
    'callback error',
    await failure(
      new Promise((resolve, reject) =>
        store.get('x', (error, found) => (error ? reject(error) : resolve(found)))
      )
    )
  )
  await pool.query('ALTER TABLE gone RENAME TO visits')

  const own = new Store({
    conString: url,
    tableName: 'visits',
    errorLog: (...parts) => complaints.push(parts.map(String)),
    pruneSessionInterval: false,
  })
  const done = (error) => {
    if (error) throw error
  }
  await new Promise((resolve) =>
    own.set('mine', { cookie: { expires: new Date(Date.now() + 60_000) }, n: 1 }, (error) =>
      resolve(done(error))
    )
  )
  observe(
    'own pool',
    await new Promise((resolve, reject) =>
      own.get('mine', (error, found) => (error ? reject(error) : resolve(found.n)))
    )
  )
  await new Promise((resolve) =>
    own.touch('mine', { cookie: { expires: new Date(Date.now() + 90_000) } }, (error) => resolve(done(error)))
  )
  await new Promise((resolve) => own.destroy('mine', (error) => resolve(done(error))))
  observe(
    'destroyed',
    await new Promise((resolve, reject) =>
      own.get('mine', (error, found) => (error ? reject(error) : resolve(found ?? null)))
    )
  )
  await own.close()
  observe(
    'closed',
    await failure(
      new Promise((resolve, reject) =>
        own.get('mine', (error, found) => (error ? reject(error) : resolve(found ?? null)))
      )
    )
  )
  const refused = new Store({ conObject: { ...config, port: 1 }, errorLog: () => {} })
  observe(
    'refused',
    await failure(
      new Promise((resolve, reject) =>
        refused.get('x', (error, found) => (error ? reject(error) : resolve(found)))
      )
    )
  )
  await refused.close()

  observe('complaints', complaints)
  await new Promise((resolve) => server.close(resolve))
  await store.close()
  await pool.end()
})
