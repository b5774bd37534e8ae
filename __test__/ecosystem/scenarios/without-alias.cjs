'use strict'

// Here `pg` is the real one, and each package is handed the driver (or a pool of it) by its own option.

require('reflect-metadata')
const { EntitySchema, MikroORM, PostgreSqlKnexDialect } = require('@mikro-orm/postgresql')
const { drizzle } = require('drizzle-orm/node-postgres')
const { sql } = require('drizzle-orm')
const knex = require('knex')
const Postgres = require('knex/lib/dialects/postgres')
const { Kysely, PostgresDialect, sql: raw } = require('kysely')
const { QueryTypes, Sequelize } = require('sequelize')
const { DataSource } = require('typeorm')
const { scenario } = require('../scenario.cjs')

const VALUES = `SELECT 1 AS one, '2024-02-29'::date AS day, '2024-02-29 12:00Z'::timestamptz AS at, '{a,b}'::text[] AS list, '{"a": 1}'::jsonb AS facts`
const INSERT = "INSERT INTO thing (name) VALUES ('x')"

scenario(async ({ config, url, driver: name, observe, failure }) => {
  const driver = require(name)
  const made = []
  class Client extends driver.Client {
    constructor(options) {
      super(options)
      made.push(this.constructor.name)
    }
  }
  // What has not connected by the driver's own classes has not used it.
  const used = () => made.splice(0).length > 0
  const module = {
    ...driver,
    Client,
    Pool: class Pool extends driver.Pool {
      constructor(options) {
        super({ Client, ...options })
      }
    },
  }
  const pool = new driver.Pool({ ...config, max: 1, idleTimeoutMillis: 0 })
  await pool.query('CREATE TABLE thing (id serial PRIMARY KEY, name text UNIQUE)')
  await pool.query('SET TIME ZONE UTC')
  const count = async () => (await pool.query('SELECT count(*)::int AS n FROM thing')).rows[0].n
  const stop = () => {
    throw new TypeError('no')
  }
  const see = async (title, { query, insert, transaction, end }) => {
    observe(`${title}: values`, await query(VALUES))
    observe(`${title}: rolled back`, await failure(transaction()))
    await insert()
    observe(`${title}: unique violation`, await failure(insert()))
    observe(`${title}: rows`, await count())
    await pool.query('DELETE FROM thing')
    await end()
    observe(`${title}: used`, used())
  }

  used()
  const forDrizzle = drizzle(new driver.Pool({ ...config, Client }))
  await see('drizzle', {
    query: async (text) => (await forDrizzle.execute(text)).rows,
    insert: () => forDrizzle.execute(INSERT),
    transaction: () =>
      forDrizzle.transaction(async (tx) => {
        await tx.execute(sql.raw(INSERT))
        stop()
      }),
    end: () => forDrizzle.$client.end(),
  })

  const forKysely = new Kysely({
    dialect: new PostgresDialect({ pool: new driver.Pool({ ...config, Client }) }),
  })
  await see('kysely', {
    query: async (text) => (await raw.raw(text).execute(forKysely)).rows,
    insert: () => raw.raw(INSERT).execute(forKysely),
    transaction: () =>
      forKysely.transaction().execute(async (tx) => {
        await raw.raw(INSERT).execute(tx)
        stop()
      }),
    end: () => forKysely.destroy(),
  })

  class Dialect extends Postgres {
    _driver() {
      return module
    }
  }
  const forKnex = knex({ client: Dialect, connection: config, pool: { min: 0 } })
  await see('knex', {
    query: async (text) => (await forKnex.raw(text)).rows,
    insert: () => forKnex.raw(INSERT),
    transaction: () =>
      forKnex.transaction(async (tx) => {
        await tx.raw(INSERT)
        stop()
      }),
    end: () => forKnex.destroy(),
  })

  const forTypeorm = await new DataSource({ type: 'postgres', url, driver: module }).initialize()
  await see('typeorm', {
    query: (text) => forTypeorm.query(text),
    insert: () => forTypeorm.query(INSERT),
    transaction: () =>
      forTypeorm.transaction(async (manager) => {
        await manager.query(INSERT)
        stop()
      }),
    end: () => forTypeorm.destroy(),
  })

  const forSequelize = new Sequelize(url, { dialectModule: module, logging: false })
  await see('sequelize', {
    query: (text) => forSequelize.query(text, { type: QueryTypes.SELECT }),
    insert: () => forSequelize.query(INSERT),
    transaction: () =>
      forSequelize.transaction(async (transaction) => {
        await forSequelize.query(INSERT, { transaction })
        stop()
      }),
    end: () => forSequelize.close(),
  })

  class OrmDialect extends PostgreSqlKnexDialect {
    _driver() {
      return module
    }
  }
  const Thing = new EntitySchema({
    name: 'Thing',
    properties: { id: { type: 'number', primary: true }, name: { type: 'string' } },
  })
  const forMikroOrm = await MikroORM.init({
    clientUrl: url,
    entities: [Thing],
    driverOptions: { client: OrmDialect },
    logger: () => {},
  })
  await see('mikro-orm', {
    query: (text) => forMikroOrm.em.execute(text),
    insert: () => forMikroOrm.em.fork().insert('Thing', { name: 'x' }),
    transaction: () =>
      forMikroOrm.em.fork().transactional(async (em) => {
        await em.insert('Thing', { name: 'x' })
        stop()
      }),
    end: () => forMikroOrm.close(),
  })
  await pool.end()
})
