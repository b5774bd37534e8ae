'use strict'

const { ecosystem } = require('./harness')

ecosystem('massive', {
  'it learns the schema': (seen) => expect(seen.tables).toEqual([['author', 'book'], ['dear'], true]),
  'it reads relations': (seen) =>
    expect(seen.join).toMatchObject([{ name: 'Ann', book: [{ id: 1 }, { id: 2 }, { id: 3 }] }]),
  'a nested transaction rolls back alone': (seen) => expect(seen.nested.code).toBe('23505'),
  'a transaction rolls back': (seen) => {
    expect(seen['rolled back'].class).toBe('TypeError')
    expect(seen.authors).not.toContain('Eve')
  },
  'it streams rows': (seen) => expect(seen.stream.resolved).toEqual(expect.arrayContaining(['New', 'Saved'])),
  'errors keep their codes': (seen) => {
    expect(seen['unique violation'].code).toBe('23505')
    expect(seen['syntax error'].code).toBe('42601')
    expect(seen.refused.code).toBe('ECONNREFUSED')
  },
})
