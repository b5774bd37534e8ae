'use strict'

const { ecosystem } = require('./harness')

const PACKAGES = ['drizzle', 'kysely', 'knex', 'typeorm', 'sequelize', 'mikro-orm']

ecosystem(
  'without-alias',
  {
    'every package takes the driver that it is handed': (seen) =>
      expect(PACKAGES.filter((name) => !seen[`${name}: used`])).toEqual([]),
    'every transaction is rolled back': (seen) =>
      expect(PACKAGES.map((name) => seen[`${name}: rows`])).toEqual([1, 1, 1, 1, 1, 1]),
  },
  { handed: true }
)
