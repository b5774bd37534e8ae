'use strict'

const { ecosystem } = require('./harness')

ecosystem('pg-boss', {
  'every job is done once, several at a time': (seen) => {
    const [sent, overlapped] = seen.mail
    expect(new Set(sent).size).toBe(20)
    expect(sent).toHaveLength(20)
    expect(overlapped).toBe(true)
  },
  'a job that fails is tried again, and then dead': (seen) =>
    expect(seen.failed).toEqual({
      attempts: 2,
      dead: [{ a: 1 }],
      state: 'failed',
      retries: 1,
      message: 'attempt 1',
      code: 'E_MAIL',
    }),
  "a job in the app's transaction goes with its rollback": (seen) => expect(seen['rolled back']).toBe(0),
  'it works on after its connections were lost': (seen) => {
    expect(seen.loss).toEqual(['terminating connection due to administrator command'])
    expect(seen['after the loss']).toEqual([4])
  },
  'it waits for the job under way when it stops': (seen) => {
    expect(seen['stopped gracefully']).toBe(2)
    expect(seen['slow job']).toEqual([{ state: 'completed' }])
  },
  'it says that the server refuses': (seen) => expect(seen.refused.code).toBe('ECONNREFUSED'),
})
