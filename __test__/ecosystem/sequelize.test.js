'use strict'

const { ecosystem } = require('./harness')

ecosystem('sequelize', {
  'it reads values of all kinds': (seen) =>
    expect(seen.types).toMatchObject({
      price: '12.50',
      pages: '9007199254740993',
      place: '10.0.0.1',
      span: [{ value: 1 }, { value: 5 }],
    }),
  'it reads enums, whose types it looks up': (seen) => expect(seen.insert.moods).toEqual(['bad', 'good']),
  'it rolls a nested transaction back alone': (seen) =>
    expect(seen.transaction.resolved.map(({ name }) => name)).toEqual(['Ann', "B'ob", 'Cecil']),
  'it names what was violated': (seen) =>
    expect(seen['unique violation'].slice(0, 2)).toEqual([true, { name: 'Ann' }]),
  'it tells refusals apart': (seen) =>
    expect([seen['connection refused'].class, seen['wrong password'].class]).toEqual([
      'ConnectionRefusedError',
      'ConnectionError',
    ]),
  'it recovers from the loss of its sessions': (seen) => expect(seen['after the loss']).toBe(3),
})
