'use strict'

const { ecosystem } = require('./harness')

ecosystem('objection', {
  'it writes and reads graphs': (seen) => {
    expect(seen.fetched).toHaveLength(4)
    expect(seen.fetched[0]).toMatchObject({
      name: 'Ann',
      facts: { a: ["it's", null] },
      books: [{ title: 'One', readers: [{ name: 'Rita' }, { name: 'Rob' }] }, { title: 'Two' }],
    })
  },
  'a nested transaction rolls back alone': (seen) => {
    expect(seen.nested.class).toBe('UniqueViolationError')
    expect(seen.transaction).toEqual({ resolved: 5 })
  },
  'a transaction rolls back': (seen) =>
    expect(seen.authors.map(({ name }) => name)).toEqual(['Ann', 'Rita', 'Rob', 'Bob', 'Cecil']),
  'errors become its own classes': (seen) => {
    expect(seen['unique violation']).toEqual([true, true, 'author', ['name'], 'author_name_unique', '23505'])
    expect(seen['foreign key violation']).toEqual([true, 'book', 'book_author_foreign'])
  },
  'it works on after its connections were lost': (seen) => expect(seen['after the loss']).toBe(5),
})
