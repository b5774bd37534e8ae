'use strict'

const { ecosystem } = require('./harness')

ecosystem('typeorm', {
  'it reads values of all kinds': (seen) =>
    expect(seen.types).toMatchObject({ price: '12.50', pages: '9007199254740993', place: { x: 1, y: 2.5 } }),
  'it finds nothing to change in the schema that it made': (seen) =>
    expect(seen['synchronized again']).toEqual([]),
  'it rolls a nested transaction back alone': (seen) =>
    expect(seen.transaction).toEqual({ resolved: ['Ann', "B'ob", 'Cecil'] }),
  'it names what was violated': (seen) =>
    expect(seen['unique violation'].slice(0, 3)).toEqual([true, true, '23505']),
  'it streams': (seen) => expect(seen.stream).toHaveLength(41),
  'it hears of lost sessions and recovers': (seen) =>
    expect(seen['after the loss'][0]).toEqual(Array(4).fill('57P01')),
})
