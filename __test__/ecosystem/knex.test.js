'use strict'

const { ecosystem } = require('./harness')

ecosystem('knex', {
  'it reads values of all kinds': (seen) =>
    expect(seen.types[0]).toMatchObject({ price: '12.50', pages: '9007199254740993' }),
  'it rolls a nested transaction back alone': (seen) =>
    expect(seen.transaction).toEqual({ resolved: ['Ann', "B'ob", 'Cecil'] }),
  'it names what was violated': (seen) =>
    expect(seen['unique violation']).toMatchObject({ code: '23505', constraint: 'author_name_unique' }),
  'it cancels a query that takes too long': (seen) => expect(seen.cancelled).toBe(true),
  'it streams': (seen) => expect(seen.stream).toHaveLength(41),
  'it recovers from the loss of its sessions': (seen) =>
    expect(seen['after the loss']).toEqual([{ count: '3' }]),
})
