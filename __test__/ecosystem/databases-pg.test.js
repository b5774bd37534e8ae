'use strict'

const { ecosystem } = require('./harness')

ecosystem('databases-pg', {
  'it reads relations': (seen) =>
    expect(seen.relations).toEqual([{ name: 'Ann', books: '3n', titles: ['One', 'Two', 'Three'] }]),
  'a nested transaction rolls back alone': (seen) => {
    expect(seen.nested.code).toBe('23505')
    expect(seen.transaction).toEqual({ resolved: [{ name: 'Ann' }, { name: 'Bob' }] })
  },
  'a transaction rolls back': (seen) => expect(seen['rolled back'].class).toBe('TypeError'),
  'errors keep their codes': (seen) => {
    expect(seen['is it an SQL error']).toEqual([true, true])
    expect(seen['syntax error'].code).toBe('42601')
  },
  'it streams rows': (seen) => {
    expect(seen.stream).toEqual({ resolved: [500, 500] })
    expect(seen['node stream']).toEqual({ resolved: 300 })
  },
  'it works on after a lost connection': (seen) => expect(seen['after the loss']).toEqual([1, 2, 3, 4, 5]),
})
