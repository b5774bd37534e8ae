'use strict'

// T-3: which name in a server's certificate stands for which server.

const { createAuthority } = require('../support/certificates')
const { sharedServer } = require('../support/server')
const { startTlsFront } = require('../support/tls-front')
const { parity } = require('./harness')

const root = createAuthority()
const fronts = []
afterAll(() => Promise.all(fronts.map((front) => front.stop())))

// The only alternative name, and ssl.servername (none: the address is verified).
const NAMES = [
  ['DB.Example', 'db.example'],
  ['db.example', 'DB.EXAMPLE'],
  ['db.example.', 'db.example'],
  ['db.example', 'db.example.'],
  ['db_1.example', 'db_1.example'],
  ['db..example', 'db..example'],
  ['.a.example', 'b.a.example'],
  ['a.example', '.a.example'],
  ['db.example\0.evil', 'db.example'],
  ['db.example ', 'db.example'],
  ['127.0.0.1', undefined],
  ['localhost', undefined],
  ['127.0.0.1', 'localhost'],
  ['127.0.0.1', '127.0.0.1'],
  ['db.example', '127.0.0.1'],
  ['*', 'db'],
  ['*.example', 'db.example'],
  ['*.co.example', 'db.co.example'],
  ['*.a.example', 'a.example'],
  ['*.a.example', 'c.b.a.example'],
  ['*.a.example', '*.a.example'],
  ['*.*.example', 'a.b.example'],
  ['d*.a.example', 'db.a.example'],
  ['*.a.example', 'xn--b.a.example'],
  ['xn--*.a.example', 'xn--b.a.example'],
]

parity.each(NAMES)(
  ([name, servername]) =>
    `T-3: the certificate names ${JSON.stringify(name)}, the client wants ${servername}`,
  async ({ newClient, outcome }, [name, servername]) => {
    const { cert, key } = root.issue({ name: 'server', hosts: [name] })
    const front = await startTlsFront(sharedServer().config, { cert, key })
    fronts.push(front)
    const client = newClient({ ...front.config, ssl: { ca: root.cert, servername } })
    client.on('error', () => {})
    const { rejected } = await outcome(client.connect())
    return rejected ? rejected.code : 'connected'
  }
)
