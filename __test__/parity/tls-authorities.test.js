'use strict'

// T-4: what a certificate in `ca`, or one that the server sends, must say of itself to vouch for others or to be a server's.

const { EXTENSIONS, createAuthority, selfSigned } = require('../support/certificates')
const der = require('../support/der')
const { sharedServer } = require('../support/server')
const { startTlsFront } = require('../support/tls-front')
const { parity } = require('./harness')

const {
  basicConstraints,
  nameConstraints,
  issuerKeyIdentifier,
  keyIdentifier,
  keyUsage,
  netscapeType,
  purposes,
} = EXTENSIONS
const SIGNS_CERTIFICATES = 0x04
const SIGNS_DATA = 0x80

const AUTHORITIES = {
  "CA, Netscape's for servers": [basicConstraints(true), netscapeType(0x04)],
  "CA, Netscape's for mail": [basicConstraints(true), netscapeType(0x02)],
  'basicConstraints: CA': [basicConstraints(true)],
  nothing: [],
  'basicConstraints: no CA': [basicConstraints(false)],
  'no basicConstraints, a key for certificates': [keyUsage(SIGNS_CERTIFICATES)],
  'no basicConstraints, a key for data': [keyUsage(SIGNS_DATA)],
  'CA, a key for data': [basicConstraints(true), keyUsage(SIGNS_DATA)],
  'CA, for servers': [basicConstraints(true), purposes('server')],
  'CA, for clients': [basicConstraints(true), purposes('client')],
  'CA with none below': [basicConstraints(true, 0)],
  'CA with one below': [basicConstraints(true, 1)],
  'CA, signed by itself': [basicConstraints(true), keyIdentifier('own'), issuerKeyIdentifier('own')],
  'CA, signed by a namesake': [basicConstraints(true), keyIdentifier('own'), issuerKeyIdentifier('older')],
}

const fronts = []
afterAll(() => Promise.all(fronts.map((front) => front.stop())))

async function outcomeOf({ newClient, outcome }, { cert, key }, ca) {
  const front = await startTlsFront(sharedServer().config, { cert, key })
  fronts.push(front)
  const client = newClient({ ...front.config, ssl: { ca } })
  client.on('error', () => {})
  const { rejected } = await outcome(client.connect())
  return rejected ? rejected.code : 'connected'
}

const rows = Object.entries(AUTHORITIES)

parity.each(rows)(
  ([name]) => `T-4: a root that says of itself: ${name}`,
  (context, [, extensions]) => {
    const root = createAuthority({ extensions })
    return outcomeOf(context, root.issue(), root.cert)
  }
)

parity.each(rows)(
  ([name]) => `T-4: a root above an intermediate that says of itself: ${name}`,
  (context, [, extensions]) => {
    const root = createAuthority({ extensions })
    return outcomeOf(context, root.intermediate().issue(), root.cert)
  }
)

parity.each(rows)(
  ([name]) => `T-4: an intermediate of the server's that says of itself: ${name}`,
  (context, [, extensions]) => {
    const root = createAuthority()
    return outcomeOf(context, root.intermediate({ extensions }).issue(), root.cert)
  }
)

parity.each(rows)(
  ([name]) => `T-4: an intermediate in ca that says of itself: ${name}`,
  (context, [, extensions]) => {
    const root = createAuthority()
    const intermediate = root.intermediate({ extensions })
    const { cert, key } = intermediate.issue()
    const alone = cert.slice(0, cert.indexOf('-----BEGIN', 1))
    return outcomeOf(context, { cert: alone, key }, [root.cert, intermediate.cert])
  }
)

parity.each(rows)(
  ([name]) => `T-4: a self-signed server in ca that says of itself: ${name}`,
  (context, [, extensions]) => {
    const server = selfSigned({ extensions })
    return outcomeOf(context, server, server.cert)
  }
)

parity.each([
  ['nothing', []],
  ['a key for data', [keyUsage(SIGNS_DATA)]],
  ['a key for certificates', [keyUsage(SIGNS_CERTIFICATES)]],
  ['a key that encrypts keys', [keyUsage(0x20)]],
  ['for clients', [purposes('client')]],
  ['for clients and servers', [purposes('client', 'server')]],
  ['for anything', [purposes('any')]],
  ['an authority', [basicConstraints(true)]],
  ["Netscape's server", [netscapeType(0x40)]],
  ["Netscape's client", [netscapeType(0x80)]],
])(
  ([name]) => `T-4: a server whose certificate says of itself: ${name}`,
  (context, [, extensions]) => {
    const root = createAuthority()
    return outcomeOf(context, root.issue({ extensions }), root.cert)
  }
)

const dns = (name) => der.implicit(2, Buffer.from(name))
const address = (...bytes) => der.implicit(7, Buffer.from(bytes))
const mail = (name) => der.implicit(1, Buffer.from(name))
const uri = (name) => der.implicit(6, Buffer.from(name))
const directory = (name) =>
  der.explicit(4, der.sequence(der.set(der.sequence(der.oid('2.5.4.3'), der.utf8(name)))))

// The server's names: CN=localhost, DNS:localhost, IP:127.0.0.1.
const CONSTRAINTS = {
  'its DNS name permitted': { permitted: [dns('localhost')] },
  'another DNS name permitted': { permitted: [dns('example')] },
  'its DNS name excluded': { excluded: [dns('localhost')] },
  'another DNS name excluded': { excluded: [dns('example')] },
  'its addresses permitted': { permitted: [address(127, 0, 0, 0, 255, 0, 0, 0)] },
  'other addresses permitted': { permitted: [address(10, 0, 0, 0, 255, 0, 0, 0)] },
  'its addresses excluded': { excluded: [address(127, 0, 0, 0, 255, 0, 0, 0)] },
  'its subject permitted': { permitted: [directory('localhost')] },
  'another subject permitted': { permitted: [directory('example')] },
  'its subject excluded': { excluded: [directory('localhost')] },
  'a mail address permitted': { permitted: [mail('a@example')] },
  'a mail address excluded': { excluded: [mail('a@example')] },
  'a URI permitted': { permitted: [uri('example')] },
  'a URI excluded': { excluded: [uri('example')] },
}

parity.each(Object.entries(CONSTRAINTS))(
  ([name]) => `T-4: a root with name constraints: ${name}`,
  (context, [, constraints]) => {
    const root = createAuthority({ extensions: [basicConstraints(true), nameConstraints(constraints)] })
    return outcomeOf(context, root.issue(), root.cert)
  }
)
