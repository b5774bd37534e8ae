'use strict'

// T-1: what a server, or somebody in between, may answer to an SSLRequest. Only a lone `S` leads on; behind anything else
// the client says nothing more, least of all in plain text.

const { startFakeServer, messages } = require('../support/fake-server')
const { parity } = require('../parity/harness')

const KINDS = {
  'a socket of ours': { rejectUnauthorized: false },
  'a socket of Node': { rejectUnauthorized: false, checkServerIdentity: () => undefined },
}

const refusal = messages.errorResponse({ S: 'FATAL', C: '0A000', M: 'words of a stranger' })
const session = Buffer.concat([messages.welcome(), messages.answer(['injected'], [['row']])])
const bytes = (...parts) => Buffer.concat(parts.map((part) => Buffer.from(part)))

const ANSWERS = {
  N: (peer) => peer.send(bytes('N')),
  'N and a session in plain text': (peer) => peer.send(bytes('N', session)),
  'an error, as servers without SSLRequest give it': (peer) => peer.send(refusal),
  'S and an error': (peer) => peer.send(bytes('S', refusal)),
  'S and a session in plain text (CVE-2021-23222)': (peer) => peer.send(bytes('S', session)),
  'S twice': (peer) => peer.send(bytes('SS')),
  'S and a NUL': (peer) => peer.send(bytes('S\0')),
  'a small s': (peer) => peer.send(bytes('s')),
  'G, of GSS encryption': (peer) => peer.send(bytes('G')),
  'an unknown letter': (peer) => peer.send(bytes('?')),
  'a byte that is no text': (peer) => peer.send(Buffer.of(0xff)),
  'a banner of another protocol': (peer) => peer.send(bytes('SSH-2.0-OpenSSH_9.6\r\n')),
  'an HTTP response': (peer) => peer.send(bytes('HTTP/1.1 400 Bad Request\r\n\r\n')),
  'a megabyte of S': (peer) => peer.send(Buffer.alloc(1024 * 1024, 'S')),
  'the end of the connection': (peer) => peer.end(),
  'a reset': (peer) => peer.reset(),
}

const cases = Object.keys(KINDS).flatMap((kind) => Object.keys(ANSWERS).map((name) => [kind, name]))

parity.each(cases)(
  ([kind, name]) => `T-1: ${name}, over ${kind}`,
  async ({ newPool, outcome, until, defer }, [kind, name]) => {
    const said = []
    const fake = await startFakeServer(async (peer) => {
      await peer.sslRequest()
      ANSWERS[name](peer)
      said.push((await peer.rest()).toString())
    })
    defer(() => fake.close())
    const pool = newPool({ ...fake.config, ssl: KINDS[kind], max: 1 })
    const { rejected } = await outcome(pool.connect())
    await until(() => fake.open === 0)
    return [rejected.code, rejected.message, pool.totalCount, said, fake.accepted]
  }
)
