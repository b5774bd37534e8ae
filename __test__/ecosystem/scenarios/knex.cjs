'use strict'

const knex = require('knex')
const { scenario } = require('../scenario.cjs')

scenario(async ({ config, observe }) => {
  const db = knex({ client: 'pg', connection: config })
  observe('rows', (await db.raw("select 1 as id, 'Ann' as name")).rows)
  observe('driver', require.resolve('pg').includes('nothing'))
  await db.destroy()
})
