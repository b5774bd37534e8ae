'use strict'

const { ecosystem } = require('./harness')

ecosystem('graphile-worker', {
  'notifications bring the jobs, and each is done once': (seen) => {
    const [notes, notified] = seen.notes
    expect(notes).toEqual([
      ...Array.from({ length: 40 }, (_, n) => n + 1),
      ...Array.from({ length: 10 }, (_, n) => n + 101),
    ])
    expect(notified).toBe(true)
  },
  'a job key names one job': (seen) => expect(seen['job key']).toEqual([true, 1, 3, true]),
  'a job that fails is tried again': (seen) => {
    expect(seen['its error']).toEqual([{ error: 'not yet', attempts: 1 }])
    expect(seen.attempts).toEqual(['7', 'attempt 1', 'attempt 2'])
  },
  'jobs follow transactions': (seen) => expect(seen.transactions).toEqual([2001]),
  'it listens again after its connection was lost': (seen) => {
    expect(seen.loss).toContain(
      'Error with notify listener (trying again in Nms): terminating connection due to administrator command'
    )
    expect(seen['after the loss']).toEqual([3001])
  },
  'it waits for the job under way when it stops': (seen) =>
    expect(seen['stopped gracefully']).toEqual([['slept'], 1, 0]),
})
