'use strict'

// Catalogue 2.2: options of a client that no other file looks at.

const { parity } = require('./harness')

const settings = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'search_path']

async function shown(client) {
  const seen = []
  for (const name of settings) {
    seen.push([name, (await client.query('select current_setting($1) as v', [name])).rows[0].v])
  }
  return seen
}

parity.each([
  ['O-15: lock_timeout as a number', { lock_timeout: 1234 }],
  ['O-15: lock_timeout as text', { lock_timeout: '1234' }],
  ['O-15: a lock_timeout that is no whole number', { lock_timeout: 1234.9 }],
  ['O-15: idle_in_transaction_session_timeout', { idle_in_transaction_session_timeout: 5678 }],
  ['O-15: timeouts of 0 are none', { lock_timeout: 0, idle_in_transaction_session_timeout: 0 }],
  ['O-17: options with -c', { options: '-c search_path=one,two' }],
  ['O-17: options with --', { options: '--search_path=three --lock_timeout=99' }],
  ['O-19: client_encoding is kept and not sent', { client_encoding: 'LATIN1' }],
  ['O-26: nativeConnectionString is ignored', { nativeConnectionString: 'host=nowhere' }],
  [
    'O-27: unknown options are ignored',
    {
      queryMode: 'extended',
      max: 3,
      encoding: 'latin1',
      min_protocol_version: '3.2',
      target_session_attrs: 'standby',
      service: 'nowhere',
      surprise: true,
    },
  ],
])(
  ([what]) => what,
  async ({ connect }, [, config]) => {
    const client = await connect(config)
    return [
      await shown(client),
      client.connectionParameters,
      (await client.query("select 'ü' as t; select 2")).length,
    ]
  }
)

parity.each([
  ['PGOPTIONS', { PGOPTIONS: '-c search_path=from_env' }],
  ['PGCLIENT_ENCODING', { PGCLIENT_ENCODING: 'LATIN1' }],
  ['PGAPPNAME', { PGAPPNAME: 'from env' }],
])(
  ([name]) => `ENV: the variable ${name}`,
  async ({ connect }) => {
    const client = await connect()
    const { application_name, client_encoding, options } = client.connectionParameters
    const name = (await client.query("select current_setting('application_name') as v")).rows[0].v
    return [await shown(client), application_name, name, client_encoding, options]
  },
  ([, env]) => ({ child: env })
)

parity.each([
  ['database', 'database'],
  ['true', true],
])(
  ([what]) => `O-18: replication of ${what} gives a walsender`,
  async ({ connect, outcome }, [, replication]) => {
    const client = await connect({ replication })
    const { rows, fields } = await client.query('IDENTIFY_SYSTEM')
    return [
      client.replication,
      rows.map((row) => Object.keys(row)),
      fields.map((field) => [field.name, field.dataTypeID]),
      (await outcome(client.query('select $1::int as n', [1]))).rejected?.code,
      (await outcome(client.query('IDENTIFY_SYSTEM'))).resolved.rowCount,
    ]
  }
)

// A Promise of another make: a thenable class of its own, on top of the global one.
class Foreign extends Promise {
  static made = 0

  constructor(executor) {
    super(executor)
    Foreign.made++
  }

  tapped(see) {
    return this.then((value) => {
      see(value)
      return value
    })
  }
}

// As bluebird: no heir of Promise, and `instanceof` is how an app tells.
class Thenable {
  constructor(executor) {
    this.inner = new Promise(executor)
  }

  static resolve(value) {
    return new Thenable((resolve) => resolve(value))
  }

  static reject(error) {
    return new Thenable((resolve, reject) => reject(error))
  }

  then(...handlers) {
    return new Thenable((resolve, reject) => this.inner.then(...handlers).then(resolve, reject))
  }

  catch(handler) {
    return this.then(undefined, handler)
  }
}

parity.each([
  ['an heir of Promise', Foreign],
  ['a class like bluebird', Thenable],
])(
  ([what]) => `O-23: promises of ${what}`,
  async ({ newClient, newPool, log, outcome }, [, PromiseClass]) => {
    const client = newClient({ Promise: PromiseClass })
    const connecting = client.connect()
    log('connect', connecting instanceof PromiseClass, (await connecting) === client)
    const query = client.query('select 1 as n')
    log('query', query instanceof PromiseClass, (await query).rows)
    const failing = client.query('select 1/0')
    log('failing', failing instanceof PromiseClass, await outcome(failing))
    log('again', await outcome(client.connect()))
    const ending = client.end()
    log('end', ending instanceof PromiseClass, await ending)
    const endingAgain = client.end()
    log('end again', endingAgain instanceof PromiseClass, await endingAgain)

    const pool = newPool({ Promise: PromiseClass, max: 1 })
    const fast = pool.query('select 2 as n')
    log('pool.query', fast instanceof PromiseClass, (await fast).rows)
    const bad = pool.query('selec')
    log('pool.query fails', bad instanceof PromiseClass, (await outcome(bad)).rejected.code)
    const checkout = pool.connect()
    log('pool.connect', checkout instanceof PromiseClass)
    const pooled = await checkout
    const inner = pooled.query('select 3 as n')
    log('pooled query', inner instanceof PromiseClass, (await inner).rows)
    pooled.release()
    const closing = pool.end()
    log('pool.end', closing instanceof PromiseClass, await closing)
  }
)

parity('O-23: the methods of a Promise class are at hand', async ({ connect, log }) => {
  const client = await connect({ Promise: Foreign })
  await client.query('select 1 as n').tapped((result) => log('tapped', result.rows))
})

parity.each([
  ['of the client', { binary: true }, false],
  ['of the defaults', {}, true],
])(
  ([what]) => `O-25, D-5, Q-6: binary ${what} is that of its queries`,
  async ({ pg, connect, outcome }, [, config, byDefault]) => {
    pg.defaults.binary = byDefault
    try {
      const client = await connect(config)
      const query = new pg.Query('select $1::int as n', [1])
      client.query(query)
      const results = await Promise.all([
        client.query('select $1::int as n', [5]),
        client.query({ text: 'select $1::int as n', values: [6], binary: false }),
        client.query('select 7 as n'),
        client.query({ text: 'select 8 as n, array[1,2] as a', name: 'binary' }),
      ])
      return [
        client.binary,
        client.connectionParameters.binary,
        query.binary,
        results,
        (await outcome(client.query('select $1::int', ['x']))).rejected?.code,
      ]
    } finally {
      pg.defaults.binary = false
    }
  }
)

parity('P-8: pipeline and binary as a client shows them', async ({ newClient }) =>
  [{}, { pipeline: true }, { pipeline: 'yes' }, { pipeline: 0 }, { binary: true }, { binary: 'x' }].map(
    (config) => {
      const { pipeline, binary } = newClient(config)
      return [pipeline, binary]
    }
  )
)
