'use strict'

const { ecosystem } = require('./harness')

const names = (spans) => spans.map(({ name, parent }) => [name, parent])

ecosystem(
  'instrumentation-pg',
  {
    'a query of a Client is a span in that of its caller': (seen) =>
      expect(names(seen['spans of queries'])).toEqual([
        ['pg.query:CREATE <database>', 'queries'],
        ['pg.query:INSERT <database>', 'queries'],
        ['pg.query:by-id <database>', 'queries'],
        ['queries', 'none'],
      ]),
    'pool.query() is a checkout and a query': (seen) =>
      expect(names(seen['spans of pool.query'])).toEqual([
        ['pg.connect', 'pg-pool.connect'],
        ['pg-pool.connect', 'pool.query'],
        ['pg.query:SELECT <database>', 'pool.query'],
        ['pool.query', 'none'],
      ]),
    'the context of the caller is current afterwards': (seen) => {
      expect(seen['current in promise']).toBe(true)
      expect(seen['current in callbacks'].slice(0, 2)).toEqual([[true, [{ a: 'x' }]], true])
      expect(seen['current in connect callback']).toEqual([true, 'function'])
      expect(seen.parallel).toEqual([0, 1, 2, 3, 4, 5].map((n) => [n, true]))
    },
    'an error ends its span with its message': (seen) =>
      expect(seen['spans of failures'][0]).toMatchObject({
        name: 'pg.query:INSERT <database>',
        status: { code: 2, message: 'duplicate key value violates unique constraint "author_name_key"' },
      }),
    'it counts connections': (seen) =>
      expect(seen.metrics.map(({ name }) => name)).toEqual(
        expect.arrayContaining(['db.client.connection.count', 'db.client.connection.pending_requests'])
      ),
    'it comments queries': (seen) => expect(seen.comment).toContain("/*traceparent='00-<id>-<id>-01'*/"),
    'nothing is left of it when it is disabled': (seen) => expect(seen.unwrapped).toEqual(['disabled']),
  },
  { aliased: true }
)
