'use strict'

// T-3, T-4: which certificates in `ca` vouch for which chain of the server's.

const { createAuthority, selfSigned } = require('../support/certificates')
const { startPostgres } = require('../support/postgres')
const { deviation, parity } = require('./harness')

const root = createAuthority({ name: 'root' })
const intermediate = root.intermediate({ name: 'intermediate' })
const lower = intermediate.intermediate({ name: 'lower intermediate' })
const other = createAuthority({ name: 'another root' })
const aged = createAuthority({ name: 'aged root', expired: true })
// The same name, another key.
const namesake = createAuthority({ name: 'root' })

// Without the chain that comes with it.
const alone = ({ cert, key }) => ({ cert: cert.slice(0, cert.indexOf('-----BEGIN', 1)), key })
const leaf = alone(intermediate.issue())
const lowest = alone(lower.issue())
const own = selfSigned()

// What each server sends.
const CHAINS = {
  'the leaf': leaf.cert,
  'the leaf and the intermediate': leaf.cert + intermediate.cert,
  'the leaf, the intermediate and the root': leaf.cert + intermediate.cert + root.cert,
}
const servers = {}

beforeAll(async () => {
  const start = (name, cert, key) =>
    startPostgres({ tls: { cert, key } }).then((server) => (servers[name] = server))
  const leafs = Object.entries(CHAINS).map(([name, cert]) => start(name, cert, leaf.key))
  const aging = aged.issue()
  await Promise.all([
    ...leafs,
    start('a long chain', lowest.cert + lower.cert, lowest.key),
    start('a self-signed certificate', own.cert, own.key),
    start('a leaf of an expired root', aging.cert, aging.key),
  ])
})
afterAll(() => Promise.all(Object.values(servers).map((server) => server.stop())))

async function outcomeOf({ newClient, outcome }, server, ssl) {
  const client = newClient({ ...servers[server].config, ssl })
  client.on('error', () => {})
  const { rejected } = await outcome(client.connect())
  if (rejected) return rejected.code
  return (await client.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()')).rows
}

const BROKEN = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
const CAS = {
  'the root': root.cert,
  'the intermediate': intermediate.cert,
  'the root and the intermediate': [root.cert, intermediate.cert],
  'the root and the intermediate in one text': intermediate.cert + root.cert,
  'the leaf': leaf.cert,
  'the leaf and the intermediate': [leaf.cert, intermediate.cert],
  'another root': other.cert,
  'another root of the same name': namesake.cert,
  'an empty list': [],
  'an empty text': '',
  'a list of Buffers': [Buffer.from(other.cert), Buffer.from(root.cert)],
  'a text around the root': `# the root of all\n\n${root.cert}\nthat was it\n`,
  'Windows line ends': root.cert.replaceAll('\n', '\r\n'),
  'the root behind a word on its line': `root: ${root.cert}`,
  'no certificate': [root.key, 'no PEM'],
  'a key before the root': other.key + root.cert,
  'the root by the name TRUSTED CERTIFICATE': root.cert.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE'),
  'the root by the name X509 CERTIFICATE': root.cert.replaceAll('CERTIFICATE', 'X509 CERTIFICATE'),
  'three, of which the second is broken': other.cert + BROKEN + root.cert,
  'three, of which the last is broken': other.cert + root.cert + BROKEN,
  'a list whose first is broken': [BROKEN, root.cert],
}

const rows = Object.keys(CHAINS).flatMap((chain) => Object.keys(CAS).map((ca) => [chain, ca]))

parity.each(rows)(
  ([chain, ca]) => `T-4: the server sends ${chain}, ca is ${ca}`,
  (context, [chain, ca]) => outcomeOf(context, chain, { ca: CAS[ca] })
)

parity.each([
  ['all three', [root.cert, intermediate.cert, lower.cert]],
  ['the ends', [root.cert, lower.cert]],
  ['root and intermediate', [root.cert, intermediate.cert]],
  ['the lower intermediate', lower.cert],
  ['the upper intermediate', intermediate.cert],
  ['the root', root.cert],
])(
  ([name]) => `T-4: a chain of four without its intermediate, ca is ${name}`,
  (context, [, ca]) => outcomeOf(context, 'a long chain', { ca })
)

parity.each([
  ['itself', own.cert],
  ['itself, twice', [own.cert, own.cert]],
  ['another', other.cert],
  ['nobody', []],
])(
  ([name]) => `T-4: a self-signed server, ca is ${name}`,
  (context, [, ca]) => outcomeOf(context, 'a self-signed certificate', { ca })
)

parity('T-4: a root that is too old vouches for nobody', (context) =>
  outcomeOf(context, 'a leaf of an expired root', { ca: aged.cert })
)

parity('T-4: a root that is too old and is not meant does no harm', (context) =>
  outcomeOf(context, 'the leaf and the intermediate', { ca: [aged.cert, root.cert] })
)

parity('T-4: allowPartialTrustChain', (context) =>
  outcomeOf(context, 'the leaf', { ca: intermediate.cert, allowPartialTrustChain: true })
)

parity.each([undefined, null, 0, '', 'false', false].map((value) => [value]))(
  ([value]) => `T-3: rejectUnauthorized: ${JSON.stringify(value)}`,
  (context, [rejectUnauthorized]) => outcomeOf(context, 'the leaf', { rejectUnauthorized })
)

deviation(
  'DV-70: of two roots of one name pg tries the first, oxpg both',
  async (context) => {
    const chain = 'the leaf and the intermediate'
    const outcome = await outcomeOf(context, chain, { ca: [namesake.cert, root.cert] })
    return typeof outcome === 'string' ? outcome : 'connected'
  },
  { theirs: 'CERT_SIGNATURE_FAILURE', ours: 'connected' }
)
