'use strict'

// SP and PC: what a server hears, byte by byte: the startup packet, and the messages of each kind of query.

const { parity } = require('./harness')
const { startFakeServer, messages } = require('../support/fake-server')

parity.each([
  ['nothing but the basics', {}],
  [
    'every parameter there is',
    {
      application_name: 'app é',
      replication: 'database',
      statement_timeout: '5.9',
      lock_timeout: 6,
      idle_in_transaction_session_timeout: 7.5,
      options: '-c a=b --c=d\\ e',
      client_encoding: 'LATIN1',
    },
  ],
  ['a fallback name', { fallback_application_name: 'fallback' }],
  [
    'values that count as none',
    { application_name: '', statement_timeout: 0, lock_timeout: null, options: '' },
  ],
])(
  ([what]) => `SP: a startup packet with ${what}`,
  async ({ newClient, defer }, [, config]) => {
    let parameters
    const server = await startFakeServer(async (peer) => (parameters = await peer.welcome()))
    defer(() => server.close())
    await newClient({ host: server.host, port: server.port, user: 'u', database: 'd', ...config }).connect()
    return Object.entries(parameters)
  }
)

const ROW = [messages.rowDescription(['n']), messages.dataRow(['1']), messages.commandComplete('SELECT 1')]

// Bind as the server understands it: no format codes at all, one for all and one for each may mean the same.
function readBind(body) {
  let at = 0
  const text = () => {
    const end = body.indexOf(0, at)
    const found = body.toString('utf8', at, end)
    at = end + 1
    return found
  }
  const list = (read) => Array.from({ length: body.readInt16BE((at += 2) - 2) }, read)
  const code = () => body.readInt16BE((at += 2) - 2)
  const value = () => {
    const length = body.readInt32BE((at += 4) - 4)
    return length < 0 ? null : body.toString('latin1', at, (at += length))
  }
  const [portal, statement, codes, values] = [text(), text(), list(code), list(value)]
  const formats = values.map((_, i) => codes[codes.length > 1 ? i : 0] ?? 0)
  return { portal, statement, formats, values, results: list(code), rest: body.length - at }
}

// Answers what a real server would; `heard` gets every message. A portal gives its first row, and the rest later.
async function listen(peer, heard) {
  await peer.welcome()
  let pages = 1
  for (;;) {
    const { type, body } = await peer.message()
    heard.push([type, type === 'B' ? readBind(body) : body.toString('latin1')])
    if (type === 'Q') peer.send(...ROW, messages.readyForQuery())
    if (type === 'P') peer.send(messages.parseComplete())
    if (type === 'B') peer.send(messages.bindComplete())
    if (type === 'C') peer.send(messages.closeComplete())
    if (type === 'D') peer.send(messages.rowDescription(['n']))
    if (type === 'E' && body.readInt32BE(body.length - 4) > 0 && pages-- > 0)
      peer.send(messages.dataRow(['1']), messages.portalSuspended())
    else if (type === 'E') peer.send(messages.dataRow(['1']), messages.commandComplete('SELECT 1'))
    if (type === 'S') peer.send(messages.readyForQuery())
    if (type === 'X') return
  }
}

const queries = [
  ['a text', [['select 1']]],
  ['a text and no values', [['select 1', []]]],
  ['an empty text', [['']]],
  ['values', [['select $1, $2, $3', [1, null, 'é']]]],
  ['a buffer among the values', [['select $1, $2', [Buffer.from([0, 255]), 'x']]]],
  ['queryMode extended', [[{ text: 'select 1', queryMode: 'extended' }]]],
  ['a name, twice', [[{ name: 'n', text: 'select 1' }], [{ name: 'n', text: 'select 1' }]]],
  ['a name with values, then without its text', [[{ name: 'n', text: 'select $1', values: [1] }], [{ name: 'n', values: [2] }]]], // prettier-ignore
  ['a portal', [[{ text: 'select $1', values: [1], portal: 'p' }]]],
  ['binary results', [[{ text: 'select $1', values: [1], binary: true }]]],
  ['rows', [[{ text: 'select 1', rows: 1 }]]],
  ['two queries', [['select 1'], ['select $1', [1]]]],
]

parity.each(queries)(
  ([what]) => `PC: what is sent for ${what}`,
  async ({ newClient, defer }, [, calls]) => {
    const heard = []
    const server = await startFakeServer((peer) => listen(peer, heard))
    defer(() => server.close())
    const client = newClient({ host: server.host, port: server.port })
    await client.connect()
    for (const args of calls) await client.query(...args)
    await client.end()
    return heard
  }
)

parity.each(queries.filter(([what]) => what !== 'rows'))(
  ([what]) => `PC, O-24: what a pipeline sends for ${what}`,
  async ({ newClient, defer }, [, calls]) => {
    const heard = []
    const server = await startFakeServer((peer) => listen(peer, heard))
    defer(() => server.close())
    const client = newClient({ host: server.host, port: server.port, pipeline: true })
    await client.connect()
    await Promise.all(calls.map((args) => client.query(...args)))
    await client.end()
    return heard
  }
)

parity.each(queries)(
  ([what]) => `PC: what a pool sends for ${what}`,
  async ({ newPool, defer, until }, [, calls]) => {
    const heard = []
    const server = await startFakeServer((peer) => listen(peer, heard))
    defer(() => server.close())
    const pool = newPool({ host: server.host, port: server.port, max: 1 })
    for (const args of calls) await pool.query(...args)
    await pool.end()
    await until(() => heard.at(-1)[0] === 'X')
    return heard
  }
)
