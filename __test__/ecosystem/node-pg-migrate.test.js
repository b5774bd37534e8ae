'use strict'

const { ecosystem } = require('./harness')

ecosystem('node-pg-migrate', {
  'migrations run in their order, those in SQL too': (seen) => {
    expect(seen.up).toEqual(['1_authors', '2_books'])
    expect(seen.rest).toEqual(['3_trigger', '4_concurrent_index'])
    expect(seen.rows).toEqual([
      ["it's", 'fine', "It's; one"],
      ["it's", 'fine', 'FINE TIRED'],
    ])
  },
  'of a migration that fails nothing is left': (seen) => {
    expect(seen['failed migration']).toMatchObject({ code: '23505' })
    expect(seen['nothing is left of it']).toEqual(seen.relations)
  },
  "the app's client is used and left open": (seen) => {
    expect(seen['by a client of the app']).toEqual(['3_trigger'])
    expect(seen['it is still open'][0]).toEqual([{ one: 1 }])
  },
  'one migrates at a time': (seen) =>
    expect(seen['while another migrates'].message).toMatch(/Another migration is already running/),
  'everything can be taken back': (seen) =>
    expect(seen['empty again']).toEqual(['r migrations', 'S migrations_id_seq', 'i migrations_pkey']),
  'it tells why it can not connect': (seen) => {
    expect(seen['connection refused'].code).toBe('ECONNREFUSED')
    expect(seen['wrong password'].code).toBe('28P01')
  },
  'its program migrates': (seen) => {
    expect(seen.program.code).toBe(0)
    expect(seen['made by program']).toEqual(expect.arrayContaining(['v titles', 'r by_program']))
  },
})
