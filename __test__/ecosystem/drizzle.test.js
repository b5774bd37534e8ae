'use strict'

const { ecosystem } = require('./harness')

ecosystem('drizzle', {
  'it migrates once': (seen) => expect(seen.migrated).toEqual([{ n: '1' }]),
  'it reads values of all kinds': (seen) =>
    expect(seen.types[0]).toMatchObject({
      pages: '9007199254740993n',
      price: '12.50',
      at: '2024-02-29 12:00:00.123456',
    }),
  'it loads relations': (seen) => expect(seen.one.writer.name).toBe('Ann'),
  'it rolls a nested transaction back alone': (seen) =>
    expect(seen.transaction.resolved.map(({ name }) => name)).toEqual(['Ann', "B'ob", 'Cecil']),
  'it names what was violated': (seen) =>
    expect(seen['unique violation'].cause).toMatchObject({ class: 'DatabaseError', code: '23505' }),
  'it prepares by name': (seen) => expect(seen.prepared.map(([{ name }]) => name)).toEqual(['Ann', "B'ob"]),
})
