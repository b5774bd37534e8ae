'use strict'

// O-21: a socket of the application's own.

const net = require('node:net')
const { SocketStream } = require('../support/socket-stream')
const { parity, deviation } = require('./harness')

const KINDS = [
  ['a net.Socket', () => new net.Socket()],
  ['a Duplex', () => new SocketStream()],
]

// What an application hears of a client, with what it was told.
function listen(client, log, own) {
  for (const event of ['connect', 'error', 'end'])
    client.on(event, (error) => log(event, error === own ? 'the very error' : error && error.message))
}

// A stream that is destroyed tells its error and its end in one turn of the event loop, the network in two, between which
// promises settle. oxpg always takes two.
function inAnyOrder(log) {
  const text = (entry) => JSON.stringify(entry)
  log.entries.sort((a, b) => text(a).localeCompare(text(b)))
}

parity.each(KINDS)(
  ([name]) => `O-21: a session over ${name}`,
  async ({ newClient, outcome }, [, make]) => {
    const stream = make()
    const client = newClient({ stream, ssl: false })
    await client.connect()
    const { rows } = await client.query('SELECT $1::text AS a, n FROM generate_series(1, 3) n', ['x'])
    const failed = await outcome(client.query('SELECT nonsense'))
    await client.end()
    return [rows, failed, stream.destroyed, stream.readableEnded]
  }
)

parity(
  'O-21: a factory is called once, when the client is made, with its connection options',
  async (context) => {
    const { newClient, log, config } = context
    const client = newClient({
      keepAlive: true,
      keepAliveInitialDelayMillis: 500,
      stream(...args) {
        const [options] = args
        log(
          'called',
          args.length,
          Object.keys(options).sort(),
          options.keepAlive,
          options.encoding,
          options.ssl
        )
        return new SocketStream()
      },
    })
    log('made')
    await client.connect()
    log('connected', (await client.query('SELECT 1 AS one')).rows, typeof config)
  }
)

parity('O-21: what is called on the stream, and how', async ({ newClient, config }) => {
  const stream = new SocketStream()
  const client = newClient({ stream, keepAlive: true, keepAliveInitialDelayMillis: 500 })
  await client.connect()
  return [stream.calls.length, stream.calls[0], stream.calls[1][1] === config.port, stream.calls[2]]
})

parity('O-21: on a socket directory, connect() gets its path', async ({ newClient, socketDir, outcome }) => {
  const stream = new SocketStream()
  const client = newClient({ stream, host: socketDir() })
  const connected = await outcome(client.connect().then(() => client.query('SELECT 1 AS one')))
  return [connected, stream.calls.find(([name]) => name === 'connect').slice(1)]
})

parity('O-21: a factory that throws', ({ newClient, attempt }) =>
  attempt(() =>
    newClient({
      stream() {
        throw new RangeError('no tunnel')
      },
    })
  )
)

parity('O-22: a connection that was made beforehand brings its stream', async ({ newClient, pg, log }) => {
  const stream = new SocketStream()
  const client = newClient({ connection: new pg.Connection({ stream }) })
  await client.connect()
  log((await client.query('SELECT 1 AS one')).rows, stream.calls.length)
})

// What a client makes of a stream that fails with this error before the session is ready.
async function failedConnect({ newClient, log, outcome, eventOf }, stream, own) {
  const client = newClient({ stream })
  listen(client, log, own)
  const ended = eventOf(client, 'end')
  const { rejected } = await outcome(client.connect())
  log('rejected', rejected === own)
  await ended
  inAnyOrder(log)
}

parity.each(KINDS)(
  ([name]) => `N-7: ${name} that fails before it is connected`,
  async (context, [, make]) => {
    const own = Object.assign(new Error('no route'), { code: 'ETUNNEL' })
    const stream = make()
    stream.connect = () => {
      process.nextTick(() => stream.destroy(own))
      return stream
    }
    await failedConnect(context, stream, own)
  }
)

parity('N-7: a stream whose connect() throws', async ({ pg, config, outcome }) => {
  const own = new RangeError('bad port')
  const stream = new SocketStream()
  stream.connect = () => {
    throw own
  }
  const { rejected } = await outcome(new pg.Client({ ...config, stream }).connect())
  return rejected === own
})

parity(
  'N-7: a refused port, over a stream of the application',
  async ({ newClient, outcome, log, eventOf }) => {
    const taken = net.createServer()
    await new Promise((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const { port } = taken.address()
    await new Promise((resolve) => taken.close(resolve))
    const client = newClient({ stream: new net.Socket(), host: '127.0.0.1', port })
    const ended = eventOf(client, 'end')
    const { rejected } = await outcome(client.connect())
    const { code, errno, syscall, address } = rejected
    log({ code, errno, syscall, address }, rejected.port === port)
    await ended
  }
)

parity.each(KINDS)(
  ([name]) => `N-7: ${name} that fails during the startup`,
  async (context, [, make]) => {
    const own = new Error('the tunnel fell in')
    const stream = make()
    stream.once('connect', () => {
      const { write } = stream
      stream.write = function (...args) {
        stream.write = write
        process.nextTick(() => stream.destroy(own))
        return write.apply(this, args)
      }
    })
    await failedConnect(context, stream, own)
  }
)

parity.each(KINDS)(
  ([name]) => `L-2: ${name} that fails while the client is idle`,
  async ({ newClient, log, outcome, eventOf, until }, [, make]) => {
    const own = Object.assign(new Error('the tunnel fell in'), { code: 'ETUNNEL', errno: -5, syscall: 'dig' })
    const stream = make()
    const client = newClient({ stream })
    await client.connect()
    listen(client, log, own)
    const ended = eventOf(client, 'end')
    stream.destroy(own)
    await ended
    await until(() => stream.closed)
    log(await outcome(client.query('SELECT 1')))
  }
)

parity.each(KINDS)(
  ([name]) => `L-3: ${name} that fails in a query`,
  async ({ newClient, log, eventOf }, [, make]) => {
    const own = new Error('the tunnel fell in')
    const stream = make()
    const client = newClient({ stream })
    await client.connect()
    listen(client, log, own)
    const ended = eventOf(client, 'end')
    const say = (name) => (error) => log(name, error === own)
    client.query('SELECT pg_sleep(20)').then(undefined, say('first'))
    client.query('SELECT 2').then(undefined, say('second'))
    setImmediate(() => stream.destroy(own))
    await ended
    inAnyOrder(log)
  }
)

parity.each(KINDS)(
  ([name]) => `L-1: ${name} that is closed without a word`,
  async ({ newClient, log, outcome, eventOf }, [, make]) => {
    const stream = make()
    const client = newClient({ stream })
    await client.connect()
    listen(client, log)
    const ended = eventOf(client, 'end')
    const query = outcome(client.query('SELECT pg_sleep(20)'))
    setImmediate(() => stream.destroy())
    log(await query)
    await ended
  }
)

parity(
  'L-5: a server that ends the session says why, over a stream too',
  async ({ newClient, pg, config, log, eventOf }) => {
    const client = newClient({ stream: new SocketStream() })
    await client.connect()
    listen(client, log)
    const ended = eventOf(client, 'end')
    const other = new pg.Client(config)
    await other.connect()
    await other.query('SELECT pg_terminate_backend($1)', [client.processID])
    await ended
    await other.end()
  }
)

parity('O-12: a stream that never connects', async ({ newClient, log, outcome, eventOf }) => {
  const stream = new SocketStream()
  stream.connect = () => stream
  const client = newClient({ stream, connectionTimeoutMillis: 50 })
  listen(client, log)
  const ended = eventOf(client, 'end')
  log('timed out', await outcome(client.connect()))
  await ended
  inAnyOrder(log)
  return stream.destroyed
})

parity.each(KINDS)(
  ([name]) => `EN-1: end() over ${name} says goodbye and closes it`,
  async ({ newClient, log }, [, make]) => {
    const stream = make()
    const client = newClient({ stream })
    await client.connect()
    client.on('end', () => log('end'))
    stream.once('finish', () => log('finish'))
    await client.end()
    log('ended', stream.writableFinished, stream.destroyed)
    return client.end()
  }
)

parity('EN-4: end() in a query closes the stream at once', async ({ newClient, outcome }) => {
  const stream = new SocketStream()
  const client = newClient({ stream })
  await client.connect()
  const query = outcome(client.query('SELECT pg_sleep(20)'))
  await client.end()
  return [await query, stream.destroyed]
})

parity('Z-1: ref() and unref() of a client over a stream', async ({ connect }) => {
  const client = await connect({ stream: () => new SocketStream() })
  return [client.unref(), client.ref(), (await client.query('SELECT 1 AS one')).rows]
})

parity('O-21: a pool calls its factory once for each connection', async ({ newPool, log }) => {
  let calls = 0
  const pool = newPool({ max: 2, stream: () => (calls++, new SocketStream()) })
  for (const event of ['connect', 'acquire']) pool.on(event, () => log(event))
  const clients = await Promise.all([pool.connect(), pool.connect()])
  log(calls, pool.totalCount)
  clients.forEach((client) => client.release())
  log((await pool.query('SELECT $1::int AS n', [7])).rows, calls, pool.idleCount)
  await pool.end()
  log('ended', calls, pool.totalCount)
})

parity('PL-9: a pool whose idle stream fails', async ({ newPool, log, eventOf }) => {
  const own = new Error('the tunnel fell in')
  const streams = []
  const pool = newPool({
    stream() {
      streams.push(new SocketStream())
      return streams.at(-1)
    },
  })
  await pool.query('SELECT 1')
  const failed = eventOf(pool, 'error')
  streams[0].destroy(own)
  const [error, client] = await failed
  log(error === own, client === error.client, pool.totalCount)
  log((await pool.query('SELECT 2 AS two')).rows, streams.length)
})

parity('PL-13: a pool whose stream fails in a query', async ({ newPool, log, outcome, until }) => {
  const own = new Error('the tunnel fell in')
  const streams = []
  const pool = newPool({
    max: 1,
    stream() {
      streams.push(new SocketStream())
      return streams.at(-1)
    },
  })
  await pool.query('SELECT 1')
  const query = outcome(pool.query('SELECT pg_sleep(20)'))
  setImmediate(() => streams[0].destroy(own))
  log((await query).rejected === own)
  log((await pool.query('SELECT 2 AS two')).rows, streams.length)
  await until(() => pool.totalCount === 1)
})

deviation(
  'DV-52: a factory that throws in a pool',
  async ({ pg, config, outcome }) => {
    let calls = 0
    const stream = () => {
      calls += 1
      if (calls === 1) throw new RangeError('no tunnel')
      return new SocketStream()
    }
    const pool = new pg.Pool({ ...config, stream, max: 1 })
    const first = await outcome(() => pool.query('SELECT 1'))
    const counts = [pool.totalCount, pool.waitingCount]
    await pool.end()
    return [Object.keys(first), counts]
  },
  { theirs: [['threw'], [0, 0]], ours: [['rejected'], [0, 0]] }
)

parity(
  'TO-1: over a stream that is no factory query_timeout leaves the query to the server',
  async (context) => {
    const { connect, outcome } = context
    const client = await connect({ stream: new SocketStream() })
    await client.query('create temp table effects(a int)')
    const text = 'select pg_sleep(0.1); insert into effects values (1)'
    const timedOut = await outcome(client.query({ text, query_timeout: 20 }))
    return [timedOut, (await client.query('select count(*)::int as n from effects')).rows]
  }
)
