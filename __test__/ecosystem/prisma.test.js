'use strict'

const { ecosystem } = require('./harness')

ecosystem('prisma', {
  'it reads values of all kinds': (seen) =>
    expect(seen.types).toMatchObject({
      price: '12.5',
      pages: '9007199254740993n',
      at: '2024-02-29T12:00:00.123Z',
    }),
  'it loads relations': (seen) => expect(seen.relations[0]._count).toEqual({ books: 22, likes: 0 }),
  'it rolls back': (seen) => expect(seen['still there']).toEqual([42, 3]),
  'it names what was violated': (seen) =>
    expect(seen['unique violation'].slice(0, 3)).toEqual([true, 'PrismaClientKnownRequestError', 'P2002']),
  'it recovers from the loss of its sessions': (seen) => expect(seen['after the loss']).toBe(3),
})
