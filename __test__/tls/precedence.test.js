'use strict'

// C-2: what the connection string says about TLS replaces `ssl` whole; where it says nothing, `ssl` stands.

const { authority, stranger, start, stop, file, matrix } = require('./matrix')

beforeAll(start)
afterAll(stop)

const ca = authority.cert
const both =
  (text, ssl, variables) =>
  ({ url }) => ({ connectionString: `${url}${text}`, ssl, variables })
const withRoot = (ssl) => (target) => both(`?sslrootcert=${file('root.pem', ca)}`, ssl)(target)

matrix(
  'connection string and ssl',
  {
    'nothing, { ca }': both('', { ca }),
    'sslmode=disable, { ca }': both('?sslmode=disable', { ca }),
    'sslmode=require, { ca }': both('?sslmode=require', { ca }),
    'sslmode=require, { rejectUnauthorized: false }': both('?sslmode=require', { rejectUnauthorized: false }),
    'sslmode=no-verify, { ca }': both('?sslmode=no-verify', { ca }),
    'sslmode=no-verify, false': both('?sslmode=no-verify', false),
    'ssl=true, { ca }': both('?ssl=true', { ca }),
    'ssl=0, { ca }': both('?ssl=0', { ca }),
    'sslrootcert, { rejectUnauthorized: false }': withRoot({ rejectUnauthorized: false }),
    'sslrootcert, { ca of another authority }': withRoot({ ca: stranger.cert }),
    'PGSSLMODE=no-verify, { ca }': both('', { ca }, { PGSSLMODE: 'no-verify' }),
    'PGSSLMODE=no-verify, false': both('', false, { PGSSLMODE: 'no-verify' }),
    'sslmode and sslrootcert as keys': ({ config }) => ({
      ...config,
      sslmode: 'verify-full',
      sslrootcert: file('root.pem', ca),
    }),
    'PGSSLMODE=no-verify, ssl=0': both('?ssl=0', undefined, { PGSSLMODE: 'no-verify' }),
    'PGSSLMODE=disable, sslmode=no-verify': both('?sslmode=no-verify', undefined, { PGSSLMODE: 'disable' }),
  },
  `
  sources                                        | by name | by address | stranger | self-signed | expired | other name | wants TLS | no TLS
  nothing, { ca }                                | TLS     | TLS        | issuer   | self        | expired | name       | TLS       | no TLS
  sslmode=disable, { ca }                        | plain   | plain      | plain    | plain       | plain   | plain      | denied    | plain
  sslmode=require, { ca }                        | issuer  | issuer     | issuer   | self        | expired | issuer     | issuer    | no TLS
  sslmode=require, { rejectUnauthorized: false } | issuer  | issuer     | issuer   | self        | expired | issuer     | issuer    | no TLS
  sslmode=no-verify, { ca }                      | TLS     | TLS        | TLS      | TLS         | TLS     | TLS        | TLS       | no TLS
  sslmode=no-verify, false                       | TLS     | TLS        | TLS      | TLS         | TLS     | TLS        | TLS       | no TLS
  ssl=true, { ca }                               | issuer  | issuer     | issuer   | self        | expired | issuer     | issuer    | no TLS
  ssl=0, { ca }                                  | plain   | plain      | plain    | plain       | plain   | plain      | denied    | plain
  sslrootcert, { rejectUnauthorized: false }     | TLS     | TLS        | issuer   | self        | expired | name       | TLS       | no TLS
  sslrootcert, { ca of another authority }       | TLS     | TLS        | issuer   | self        | expired | name       | TLS       | no TLS
  PGSSLMODE=no-verify, { ca }                    | TLS     | TLS        | issuer   | self        | expired | name       | TLS       | no TLS
  PGSSLMODE=no-verify, false                     | plain   | plain      | plain    | plain       | plain   | plain      | denied    | plain
  sslmode and sslrootcert as keys                | plain   | plain      | plain    | plain       | plain   | plain      | denied    | plain
  PGSSLMODE=no-verify, ssl=0                     | plain   | plain      | plain    | plain       | plain   | plain      | denied    | plain
  PGSSLMODE=disable, sslmode=no-verify           | TLS     | TLS        | TLS      | TLS         | TLS     | TLS        | TLS       | no TLS
`
)
