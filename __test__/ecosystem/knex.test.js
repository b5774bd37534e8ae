'use strict'

const { ecosystem } = require('./harness')

ecosystem('knex', {
  'it reads rows': (seen) => expect(seen.rows).toEqual([{ id: 1, name: 'Ann' }]),
})
