'use strict'

// K-4: the hooks of a Query, called as a Client calls them, over a connection that only notes what it is told.

const { parity } = require('./harness')

const METHODS = ['query', 'parse', 'describe', 'execute', 'close', 'flush', 'sync', 'sendCopyFail']

function noting(log) {
  const connection = {
    parsedStatements: {},
    submittedNamedStatements: {},
    stream: { cork: () => log('cork'), uncork: () => log('uncork') },
    bind(config) {
      log('bind', config)
      if (config.values) log('values', config.values.map(config.valueMapper))
    },
  }
  for (const name of METHODS) connection[name] = (argument) => log(name, argument)
  return connection
}

const field = (name, dataTypeID = 25) => ({ name, tableID: 0, columnID: 0, dataTypeID, format: 'text' })

const submitted = [
  ['a text', 'select 1'],
  ['an empty text', ''],
  ['a text and values', { text: 'select $1', values: [1, null, new Date(0), [1, 'a']] }],
  ['a text and no values', { text: 'select 1', values: [] }],
  ['the extended protocol', { text: 'select 1', queryMode: 'extended' }],
  ['a name', { text: 'select 1', name: 'n' }],
  ['rows', { text: 'select 1', rows: 3 }],
  ['a portal', { text: 'select $1', values: [1], portal: 'p' }],
  ['binary', { text: 'select $1', values: [1], binary: true }],
  ['types', { text: 'select $1', values: [1], types: { getTypeParser: () => String } }],
  ['neither text nor name', {}],
  ['values that are no array', { text: 'select 1', values: 'abc' }],
]

parity.each(submitted)(
  ([what]) => `K-4: submit of ${what}`,
  async ({ pg, log }, [, config]) => {
    const connection = noting(log)
    const query = new pg.Query(config)
    log('requiresPreparation', query.requiresPreparation())
    log('returned', query.submit(connection))
    log('submitted', { ...connection.submittedNamedStatements })
  }
)

parity.each([
  ['parsed', 'parsedStatements', 'select 1'],
  ['on its way', 'submittedNamedStatements', 'select 1'],
  ['parsed for another text', 'parsedStatements', 'select 2'],
  ['on its way for another text', 'submittedNamedStatements', 'select 2'],
  ['parsed empty', 'parsedStatements', ''],
])(
  ([what]) => `K-4: submit of a name that is ${what}`,
  async ({ pg, log }, [, map, text]) => {
    const connection = noting(log)
    connection[map].n = text
    const query = new pg.Query({ name: 'n', text: 'select 1' })
    log('hasBeenParsed', query.hasBeenParsed(connection))
    log('returned', query.submit(connection))
  }
)

parity('K-4: hasBeenParsed without a name, and of an unknown one', async ({ pg, log }) => {
  const connection = noting(log)
  return [{ text: 'a' }, { text: 'a', name: '' }, { text: 'a', name: 'x' }].map((config) =>
    Boolean(new pg.Query(config).hasBeenParsed(connection))
  )
})

const played = [
  [
    'one result',
    {},
    [
      ['handleRowDescription', { fields: [field('a'), field('n', 23)] }],
      ['handleDataRow', { fields: ['x', '1'] }],
      ['handleDataRow', { fields: [null, '2'] }],
      ['handleCommandComplete', { text: 'SELECT 2' }],
      ['handleReadyForQuery'],
    ],
  ],
  [
    'two results',
    {},
    [
      ['handleRowDescription', { fields: [field('a')] }],
      ['handleDataRow', { fields: ['x'] }],
      ['handleCommandComplete', { text: 'SELECT 1' }],
      ['handleCommandComplete', { text: 'INSERT 0 3' }],
      ['handleRowDescription', { fields: [field('b')] }],
      ['handleCommandComplete', { text: 'SELECT 0' }],
      ['handleReadyForQuery'],
    ],
  ],
  [
    'rows as arrays',
    { rowMode: 'array' },
    [
      ['handleRowDescription', { fields: [field('a'), field('a', 20)] }],
      ['handleDataRow', { fields: ['x', '1'] }],
      ['handleCommandComplete', { text: 'SELECT 1' }],
      ['handleReadyForQuery'],
    ],
  ],
  [
    'pages',
    { rows: 2 },
    [
      ['submit'],
      ['handleRowDescription', { fields: [field('a')] }],
      ['handleDataRow', { fields: ['x'] }],
      ['handlePortalSuspended'],
      ['handleDataRow', { fields: ['y'] }],
      ['handleCommandComplete', { text: 'SELECT 1' }],
      ['handleReadyForQuery'],
    ],
  ],
  ['an empty query by pages', { rows: 2 }, [['submit'], ['handleEmptyQuery'], ['handleReadyForQuery']]],
  ['an empty query', {}, [['submit'], ['handleEmptyQuery'], ['handleReadyForQuery']]],
  [
    'a copy',
    {},
    [
      ['submit'],
      ['handleCopyInResponse'],
      ['handleCopyData', { chunk: Buffer.from('x') }],
      ['handleError', Object.assign(new Error('COPY from stdin failed'), { code: '57014' })],
    ],
  ],
  [
    'an error after a row',
    {},
    [
      ['handleRowDescription', { fields: [field('a')] }],
      ['handleDataRow', { fields: ['x'] }],
      ['handleError', new Error('no')],
    ],
  ],
  [
    'a parser that throws',
    {
      types: {
        getTypeParser: () => () => {
          throw new Error('parser')
        },
      },
    },
    [
      ['handleRowDescription', { fields: [field('a')] }],
      ['handleDataRow', { fields: ['x'] }],
      ['handleDataRow', { fields: ['y'] }],
      ['handleCommandComplete', { text: 'SELECT 2' }],
      ['handleReadyForQuery'],
    ],
  ],
]

// Messages have their connection at the end, as Client passes it.
function play(query, connection, calls) {
  for (const [hook, ...args] of calls) query[hook](...args, connection)
}

parity.each(played)(
  ([what]) => `K-4: the hooks of ${what}, with a callback`,
  async ({ pg, log }, [, config, calls]) => {
    const query = new pg.Query({ text: 'select 1', ...config }, log.callback('callback'))
    play(query, noting(log), calls)
  }
)

parity.each(played)(
  ([what]) => `K-4: the hooks of ${what}, with listeners`,
  async ({ pg, log }, [, config, calls]) => {
    const query = log.events(new pg.Query({ text: 'select 1', ...config }), ['row', 'end', 'error'])
    play(query, noting(log), calls)
  }
)

parity('K-4: the methods of Query', async ({ pg }) => {
  const names = [
    'requiresPreparation',
    '_checkForMultirow',
    'handleRowDescription',
    'handleDataRow',
    'handleCommandComplete',
    'handleEmptyQuery',
    'handleError',
    'handleReadyForQuery',
    'submit',
    'hasBeenParsed',
    'handlePortalSuspended',
    '_getRows',
    'prepare',
    'handleCopyInResponse',
    'handleCopyData',
  ]
  return names.map((name) => {
    const { enumerable, writable, configurable, value } = Object.getOwnPropertyDescriptor(
      pg.Query.prototype,
      name
    )
    return [name, typeof value, enumerable, writable, configurable]
  })
})
