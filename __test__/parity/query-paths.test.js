'use strict'

// One table of queries over every way through the driver (design, section 5): the fast path of pool.query, the watched
// path that an `acquire` listener asks for, and client.query, with promises and with callbacks.

const { parity } = require('./harness')
const { useSchema } = require('./schema')
const { queryCases, schema } = require('./query-cases')

useSchema('parity_paths', schema)

// client.query and pool.query with a callback throw some errors synchronously: `attempt` keeps that apart.
const byCallback = ({ attempt }, session, args) =>
  new Promise((resolve) => {
    const call = attempt(() => session.query(...args, (...answer) => resolve({ call, answer })))
    if ('threw' in call) resolve(call)
  })

const paths = [
  [
    'client.query',
    async (context, args) => context.outcome(async () => (await context.sharedClient()).query(...args)),
  ],
  [
    'client.query with a callback',
    async (context, args) => byCallback(context, await context.sharedClient(), args),
  ],
  ['pool.query', (context, args) => context.outcome(() => context.sharedPool().query(...args))],
  ['pool.query with a callback', (context, args) => byCallback(context, context.sharedPool(), args)],
  [
    'pool.query of a watched pool',
    (context, args) => context.outcome(() => context.watchedPool().query(...args)),
  ],
  [
    'a checked-out client',
    async (context, args) => {
      const client = await context.sharedPool().connect()
      try {
        return await context.outcome(() => client.query(...args))
      } finally {
        client.release()
      }
    },
  ],
]

for (const [path, run] of paths) {
  describe(path, () => {
    for (const [title, args] of queryCases) {
      parity(`${path} gives the same for ${title}`, (context) => run(context, args()))
    }
  })
}
