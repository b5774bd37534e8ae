'use strict'

const { ecosystem } = require('./harness')

ecosystem('kysely', {
  'it migrates, and undoes what fails': (seen) =>
    expect(seen['broken migration']).toMatchObject([[['3 broken', 'Error']], { code: '42P01' }]),
  'it reads values of all kinds': (seen) =>
    expect(seen.types).toMatchObject({ pages: '9007199254740993', price: '12.50' }),
  'it counts what it changes': (seen) => expect(seen.inserted).toEqual({ numInsertedOrUpdatedRows: '40n' }),
  'it loads relations': (seen) => expect(seen.relations[0].books).toHaveLength(2),
  'it rolls back to a savepoint': (seen) => expect(seen.authors.at(-1)).toEqual({ name: 'Dora' }),
  'it streams': (seen) => expect(seen.stream).toHaveLength(40),
  'it gives every connection back': (seen) => expect(seen.pool.at(-1)).toBe(true),
})
