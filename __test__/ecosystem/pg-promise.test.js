'use strict'

const { ecosystem } = require('./harness')

ecosystem('pg-promise', {
  'it formats parameters itself': (seen) =>
    expect(seen.formats).toMatchObject({ text: "it's", number: '1.5', json: '{"a":[1,"\'"]}' }),
  'it reads relations': (seen) =>
    expect(seen.relations).toEqual([
      { name: 'Ann', books: '25', titles: ['Book\'s "0"', 'Book\'s "1"'], most: '9007199254741016' },
    ]),
  'a nested transaction rolls back alone': (seen) => {
    expect(seen['inner failure']).toMatchObject({ code: '23505', constraint: 'author_name_key' })
    expect(seen['nested transaction']).toEqual({ resolved: ['Ann', 'Bob', 'Dora'] })
  },
  'a transaction rolls back': (seen) => {
    expect(seen['rolled back']).toMatchObject({ class: 'TypeError' })
    expect(seen['still there']).toBe(25)
  },
  'errors keep their codes': (seen) => {
    expect(seen['unique violation'].code).toBe('23505')
    expect(seen['syntax error'].code).toBe('42601')
    expect(seen['connection refused'].code).toBe('ECONNREFUSED')
  },
  'pg-query-stream gives all rows': (seen) =>
    expect(seen.stream).toEqual({ resolved: [25, 25, 'Book\'s "3"'] }),
  'it hears a notification, and that its connection is lost': (seen) =>
    expect(seen.heard).toEqual([
      ['chánnel', 'hello'],
      'lost 57P01 terminating connection due to administrator command true',
    ]),
  'type parsers are shared': (seen) => expect(seen['type parser']).toEqual({ pages: '9007199254740994n' }),
})
