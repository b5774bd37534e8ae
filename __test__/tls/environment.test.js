'use strict'

const { authority, start, stop, file, matrix } = require('./matrix')

beforeAll(start)
afterAll(stop)

const environment =
  (variables) =>
  ({ config }) => ({ ...config, variables: typeof variables === 'function' ? variables() : variables })
const PGSSLMODES = [
  'disable',
  'allow',
  'prefer',
  'require',
  'verify-ca',
  'verify-full',
  'no-verify',
  'bogus',
  '',
]

matrix(
  'PGSSLMODE',
  Object.fromEntries(PGSSLMODES.map((mode) => [mode || '(empty)', environment({ PGSSLMODE: mode })])),
  `
  PGSSLMODE   | by name | by address | stranger | self-signed | expired | early | other name | no address | wants TLS | wants cert | no TLS
  disable     | plain   | plain      | plain    | plain       | plain   | plain | plain      | plain      | denied    | denied     | plain
  allow       | plain   | plain      | plain    | plain       | plain   | plain | plain      | plain      | denied    | denied     | plain
  prefer      | issuer  | issuer     | issuer   | self        | expired | early | issuer     | issuer     | issuer    | issuer     | no TLS
  require     | issuer  | issuer     | issuer   | self        | expired | early | issuer     | issuer     | issuer    | issuer     | no TLS
  verify-ca   | issuer  | issuer     | issuer   | self        | expired | early | issuer     | issuer     | issuer    | issuer     | no TLS
  verify-full | issuer  | issuer     | issuer   | self        | expired | early | issuer     | issuer     | issuer    | issuer     | no TLS
  no-verify   | TLS     | TLS        | TLS      | TLS         | TLS     | TLS   | TLS        | TLS        | TLS       | denied     | no TLS
  bogus       | plain   | plain      | plain    | plain       | plain   | plain | plain      | plain      | denied    | denied     | plain
  (empty)     | plain   | plain      | plain    | plain       | plain   | plain | plain      | plain      | denied    | denied     | plain
`
)

// libpq reads these; pg does not (2.3).
matrix(
  'variables that nobody reads',
  {
    PGSSLROOTCERT: environment(() => ({
      PGSSLMODE: 'require',
      PGSSLROOTCERT: file('root.pem', authority.cert),
    })),
    'PGSSLROOTCERT=system': environment({ PGSSLMODE: 'require', PGSSLROOTCERT: 'system' }),
    PGREQUIRESSL: environment({ PGREQUIRESSL: '1' }),
  },
  `
  variable             | by name | stranger | self-signed | wants TLS | no TLS
  PGSSLROOTCERT        | issuer  | issuer   | self        | issuer    | no TLS
  PGSSLROOTCERT=system | issuer  | issuer   | self        | issuer    | no TLS
  PGREQUIRESSL         | plain   | plain    | plain       | denied    | plain
`
)

matrix(
  'PGSSLNEGOTIATION',
  {
    direct: environment({ PGSSLMODE: 'no-verify', PGSSLNEGOTIATION: 'direct' }),
    'direct without TLS': environment({ PGSSLNEGOTIATION: 'direct' }),
    postgres: environment({ PGSSLMODE: 'no-verify', PGSSLNEGOTIATION: 'postgres' }),
    bogus: environment({ PGSSLMODE: 'no-verify', PGSSLNEGOTIATION: 'bogus' }),
  },
  `
  PGSSLNEGOTIATION   | by name | by address | stranger | self-signed | wants TLS | no TLS
  direct             | TLS     | TLS        | TLS      | TLS         | TLS       | reset
  direct without TLS | throws  | throws     | throws   | throws      | throws    | throws
  postgres           | TLS     | TLS        | TLS      | TLS         | TLS       | no TLS
  bogus              | throws  | throws     | throws   | throws      | throws    | throws
`
)
