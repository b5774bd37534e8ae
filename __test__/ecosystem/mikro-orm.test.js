'use strict'

const { ecosystem } = require('./harness')

ecosystem('mikro-orm', {
  'it reads values of all kinds': (seen) =>
    expect(seen.types).toMatchObject({
      price: '12.50',
      at: '2024-02-29T12:00:00.123Z',
      facts: { a: ['ü', null] },
    }),
  'it finds nothing to change in the schema that it made': (seen) =>
    expect(seen['update of the schema']).toBe(''),
  'it rolls a nested transaction back alone': (seen) =>
    expect(seen.transaction.resolved.map(({ name }) => name)).toEqual(['Ann', 'Bobby', 'Cecil']),
  'it names what was violated': (seen) =>
    expect(seen['unique violation'][1]).toBe('UniqueConstraintViolationException'),
  'it recovers from the loss of its sessions': (seen) => expect(seen['after the loss']).toBe(3),
})
