'use strict'

const { ecosystem } = require('./harness')

ecosystem('connect-pg-simple', {
  'visitors keep their sessions': (seen) => {
    expect(seen['first visits'].map(([, { count }]) => count)).toEqual([null, 1, 2, 1, 2])
    expect(seen.crowd).toEqual(Array(15).fill(2))
  },
  'a session is renewed, destroyed and pruned': (seen) => {
    expect(seen.renewed[1]).toEqual([200, { count: null }])
    expect(seen.left[1]).toEqual([200, { count: null }])
    expect(seen.pruned).toEqual([null, [{ count: 11 }]])
  },
  'visits go on after a lost connection': (seen) => {
    expect(seen['after a loss']).toEqual(Array(6).fill(200))
    expect(seen.complaints).toEqual([['terminating connection due to administrator command']])
  },
  'errors reach the page and the callback': (seen) => {
    expect(seen['without table'][0]).toBe(500)
    expect(seen['callback error'].code).toBe('42P01')
    expect(seen.refused.code).toBe('ECONNREFUSED')
  },
  'a pool of its own works and closes': (seen) => {
    expect(seen['own pool']).toBe(1)
    expect(seen.closed.message).toBe('Cannot use a pool after calling end on the pool')
  },
})
