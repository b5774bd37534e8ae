'use strict'

// T-2: TLS from the first byte, with ALPN. A server that knows no TLS closes the connection; nobody hangs.

const { authority, stranger, guest, start, stop, file, matrix } = require('./matrix')

beforeAll(start)
afterAll(stop)

const ca = authority.cert
const direct =
  (make) =>
  ({ config }) => ({ ...config, ssl: make(), sslnegotiation: 'direct' })
const query =
  (text) =>
  ({ url }) => ({ connectionString: `${url}?sslnegotiation=direct${text}` })

matrix(
  'sslnegotiation=direct',
  {
    true: direct(() => true),
    "'no-verify'": direct(() => 'no-verify'),
    '{ rejectUnauthorized: false }': direct(() => ({ rejectUnauthorized: false })),
    '{ ca }': direct(() => ({ ca })),
    '{ ca of another authority }': direct(() => ({ ca: stranger.cert })),
    '{ ca, checkServerIdentity: nothing }': direct(() => ({ ca, checkServerIdentity: () => undefined })),
    '{ ca, servername: db.example }': direct(() => ({ ca, servername: 'db.example' })),
    '{ ca, ALPNProtocols: others }': direct(() => ({ ca, ALPNProtocols: ['h2'] })),
    '{ ca, cert, key }': direct(() => {
      const { cert, key } = guest()
      return { ca, cert, key }
    }),
    false: direct(() => false),
    'in the string': query(''),
    'in the string, ssl=0': query('&ssl=0'),
    'in the string, sslmode=disable': query('&sslmode=disable'),
    'in the string, sslmode=no-verify': query('&sslmode=no-verify'),
    'in the string, sslrootcert': ({ url }) => query(`&sslrootcert=${file('root.pem', ca)}`)({ url }),
  },
  `
  ssl                                  | by name | by address | chain  | stranger | self-signed | expired | early  | other name | no address | wants TLS | wants cert | no TLS
  true                                 | issuer  | issuer     | issuer | issuer   | self        | expired | early  | issuer     | issuer     | issuer    | issuer     | reset
  'no-verify'                          | TLS     | TLS        | TLS    | TLS      | TLS         | TLS     | TLS    | TLS        | TLS        | TLS       | denied     | reset
  { rejectUnauthorized: false }        | TLS     | TLS        | TLS    | TLS      | TLS         | TLS     | TLS    | TLS        | TLS        | TLS       | denied     | reset
  { ca }                               | TLS     | TLS        | TLS    | issuer   | self        | expired | early  | name       | name       | TLS       | denied     | reset
  { ca of another authority }          | issuer  | issuer     | issuer | TLS      | self        | expired | early  | issuer     | issuer     | issuer    | issuer     | reset
  { ca, checkServerIdentity: nothing } | TLS     | TLS        | TLS    | issuer   | self        | expired | early  | TLS        | TLS        | TLS       | denied     | reset
  { ca, servername: db.example }       | TLS     | name       | TLS    | issuer   | self        | expired | early  | name       | TLS        | TLS       | denied     | reset
  { ca, ALPNProtocols: others }        | TLS     | TLS        | TLS    | issuer   | self        | expired | early  | name       | name       | TLS       | denied     | reset
  { ca, cert, key }                    | TLS     | TLS        | TLS    | issuer   | self        | expired | early  | name       | name       | TLS       | TLS        | reset
  false                                | throws  | throws     | throws | throws   | throws      | throws  | throws | throws     | throws     | throws    | throws     | throws
  in the string                        | issuer  | issuer     | issuer | issuer   | self        | expired | early  | issuer     | issuer     | issuer    | issuer     | reset
  in the string, ssl=0                 | throws  | throws     | throws | throws   | throws      | throws  | throws | throws     | throws     | throws    | throws     | throws
  in the string, sslmode=disable       | throws  | throws     | throws | throws   | throws      | throws  | throws | throws     | throws     | throws    | throws     | throws
  in the string, sslmode=no-verify     | TLS     | TLS        | TLS    | TLS      | TLS         | TLS     | TLS    | TLS        | TLS        | TLS       | denied     | reset
  in the string, sslrootcert           | TLS     | TLS        | TLS    | issuer   | self        | expired | early  | name       | name       | TLS       | denied     | reset
`
)
