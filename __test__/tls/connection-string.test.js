'use strict'

const { authority, stranger, start, stop, file, matrix } = require('./matrix')

beforeAll(start)
afterAll(stop)

const query =
  (text) =>
  ({ url }) => ({ connectionString: `${url}?${text}` })
const withRoot =
  (text, cert = authority.cert) =>
  ({ url }) => ({ connectionString: `${url}?${text}&sslrootcert=${file('root.pem', cert)}` })

const SSLMODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify', 'bogus']
const modes = (entries) => Object.fromEntries(entries)

matrix(
  'sslmode',
  modes(SSLMODES.map((mode) => [mode, query(`sslmode=${mode}`)])),
  `
  mode        | by name | by address | chain  | stranger | self-signed | expired | early | other name | no address | wants TLS | wants cert | no TLS
  disable     | plain   | plain      | plain  | plain    | plain       | plain   | plain | plain      | plain      | denied    | denied     | plain
  allow       | issuer  | issuer     | issuer | issuer   | self        | expired | early | issuer     | issuer     | issuer    | issuer     | no TLS
  prefer      | issuer  | issuer     | issuer | issuer   | self        | expired | early | issuer     | issuer     | issuer    | issuer     | no TLS
  require     | issuer  | issuer     | issuer | issuer   | self        | expired | early | issuer     | issuer     | issuer    | issuer     | no TLS
  verify-ca   | issuer  | issuer     | issuer | issuer   | self        | expired | early | issuer     | issuer     | issuer    | issuer     | no TLS
  verify-full | issuer  | issuer     | issuer | issuer   | self        | expired | early | issuer     | issuer     | issuer    | issuer     | no TLS
  no-verify   | TLS     | TLS        | TLS    | TLS      | TLS         | TLS     | TLS   | TLS        | TLS        | TLS       | denied     | no TLS
  bogus       | issuer  | issuer     | issuer | issuer   | self        | expired | early | issuer     | issuer     | issuer    | issuer     | no TLS
`
)

matrix(
  'sslmode with sslrootcert',
  modes(SSLMODES.map((mode) => [mode, withRoot(`sslmode=${mode}`)])),
  `
  mode        | by name | by address | chain | stranger | self-signed | expired | early | other name | no address | wants TLS | wants cert | no TLS
  disable     | plain   | plain      | plain | plain    | plain       | plain   | plain | plain      | plain      | denied    | denied     | plain
  allow       | TLS     | TLS        | TLS   | issuer   | self        | expired | early | name       | name       | TLS       | denied     | no TLS
  prefer      | TLS     | TLS        | TLS   | issuer   | self        | expired | early | name       | name       | TLS       | denied     | no TLS
  require     | TLS     | TLS        | TLS   | issuer   | self        | expired | early | name       | name       | TLS       | denied     | no TLS
  verify-ca   | TLS     | TLS        | TLS   | issuer   | self        | expired | early | name       | name       | TLS       | denied     | no TLS
  verify-full | TLS     | TLS        | TLS   | issuer   | self        | expired | early | name       | name       | TLS       | denied     | no TLS
  no-verify   | TLS     | TLS        | TLS   | TLS      | TLS         | TLS     | TLS   | TLS        | TLS        | TLS       | denied     | no TLS
  bogus       | TLS     | TLS        | TLS   | issuer   | self        | expired | early | name       | name       | TLS       | denied     | no TLS
`
)

matrix(
  'sslmode with uselibpqcompat',
  modes(SSLMODES.map((mode) => [mode, query(`sslmode=${mode}&uselibpqcompat=true`)])),
  `
  mode        | by name | by address | chain  | stranger | self-signed | expired | early  | other name | no address | wants TLS | wants cert | no TLS
  disable     | plain   | plain      | plain  | plain    | plain       | plain   | plain  | plain      | plain      | denied    | denied     | plain
  allow       | issuer  | issuer     | issuer | issuer   | self        | expired | early  | issuer     | issuer     | issuer    | issuer     | no TLS
  prefer      | TLS     | TLS        | TLS    | TLS      | TLS         | TLS     | TLS    | TLS        | TLS        | TLS       | denied     | no TLS
  require     | TLS     | TLS        | TLS    | TLS      | TLS         | TLS     | TLS    | TLS        | TLS        | TLS       | denied     | no TLS
  verify-ca   | throws  | throws     | throws | throws   | throws      | throws  | throws | throws     | throws     | throws    | throws     | throws
  verify-full | issuer  | issuer     | issuer | issuer   | self        | expired | early  | issuer     | issuer     | issuer    | issuer     | no TLS
  no-verify   | issuer  | issuer     | issuer | issuer   | self        | expired | early  | issuer     | issuer     | issuer    | issuer     | no TLS
  bogus       | issuer  | issuer     | issuer | issuer   | self        | expired | early  | issuer     | issuer     | issuer    | issuer     | no TLS
`
)

matrix(
  'sslmode with sslrootcert and uselibpqcompat',
  modes(SSLMODES.map((mode) => [mode, withRoot(`sslmode=${mode}&uselibpqcompat=true`)])),
  `
  mode        | by name | by address | chain | stranger | self-signed | expired | early | other name | no address | wants TLS | wants cert | no TLS
  disable     | plain   | plain      | plain | plain    | plain       | plain   | plain | plain      | plain      | denied    | denied     | plain
  allow       | TLS     | TLS        | TLS   | issuer   | self        | expired | early | name       | name       | TLS       | denied     | no TLS
  prefer      | TLS     | TLS        | TLS   | TLS      | TLS         | TLS     | TLS   | TLS        | TLS        | TLS       | denied     | no TLS
  require     | TLS     | TLS        | TLS   | issuer   | self        | expired | early | TLS        | TLS        | TLS       | denied     | no TLS
  verify-ca   | TLS     | TLS        | TLS   | issuer   | self        | expired | early | TLS        | TLS        | TLS       | denied     | no TLS
  verify-full | TLS     | TLS        | TLS   | issuer   | self        | expired | early | name       | name       | TLS       | denied     | no TLS
  no-verify   | TLS     | TLS        | TLS   | issuer   | self        | expired | early | name       | name       | TLS       | denied     | no TLS
  bogus       | TLS     | TLS        | TLS   | issuer   | self        | expired | early | name       | name       | TLS       | denied     | no TLS
`
)

matrix(
  'no sslmode',
  {
    nothing: query(''),
    sslrootcert: withRoot(''),
    'sslrootcert of another authority': withRoot('', stranger.cert),
    'sslrootcert that does not exist': query('sslrootcert=/no/such/file'),
    'uselibpqcompat=true': query('uselibpqcompat=true'),
    'sslrootcert, uselibpqcompat=true': withRoot('uselibpqcompat=true'),
    'ssl=true': query('ssl=true'),
    'ssl=1': query('ssl=1'),
    'ssl=0': query('ssl=0'),
    'ssl=no-verify': query('ssl=no-verify'),
    'ssl=': query('ssl='),
    'ssl=true, sslmode=disable': query('ssl=true&sslmode=disable'),
    'ssl=0, sslmode=no-verify': query('ssl=0&sslmode=no-verify'),
    'ssl=true, sslrootcert': withRoot('ssl=true'),
    'two sslmodes': query('sslmode=disable&sslmode=no-verify'),
  },
  `
  mode                             | by name | by address | chain  | stranger | self-signed | expired | early  | other name | no address | wants TLS | wants cert | no TLS
  nothing                          | plain   | plain      | plain  | plain    | plain       | plain   | plain  | plain      | plain      | denied    | denied     | plain
  sslrootcert                      | TLS     | TLS        | TLS    | issuer   | self        | expired | early  | name       | name       | TLS       | denied     | no TLS
  sslrootcert of another authority | issuer  | issuer     | issuer | TLS      | self        | expired | early  | issuer     | issuer     | issuer    | issuer     | no TLS
  sslrootcert that does not exist  | throws  | throws     | throws | throws   | throws      | throws  | throws | throws     | throws     | throws    | throws     | throws
  uselibpqcompat=true              | plain   | plain      | plain  | plain    | plain       | plain   | plain  | plain      | plain      | denied    | denied     | plain
  sslrootcert, uselibpqcompat=true | TLS     | TLS        | TLS    | issuer   | self        | expired | early  | name       | name       | TLS       | denied     | no TLS
  ssl=true                         | issuer  | issuer     | issuer | issuer   | self        | expired | early  | issuer     | issuer     | issuer    | issuer     | no TLS
  ssl=1                            | issuer  | issuer     | issuer | issuer   | self        | expired | early  | issuer     | issuer     | issuer    | issuer     | no TLS
  ssl=0                            | plain   | plain      | plain  | plain    | plain       | plain   | plain  | plain      | plain      | denied    | denied     | plain
  ssl=no-verify                    | TLS     | TLS        | TLS    | TLS      | TLS         | TLS     | TLS    | TLS        | TLS        | TLS       | denied     | no TLS
  ssl=                             | plain   | plain      | plain  | plain    | plain       | plain   | plain  | plain      | plain      | denied    | denied     | plain
  ssl=true, sslmode=disable        | plain   | plain      | plain  | plain    | plain       | plain   | plain  | plain      | plain      | denied    | denied     | plain
  ssl=0, sslmode=no-verify         | TLS     | TLS        | TLS    | TLS      | TLS         | TLS     | TLS    | TLS        | TLS        | TLS       | denied     | no TLS
  ssl=true, sslrootcert            | TLS     | TLS        | TLS    | issuer   | self        | expired | early  | name       | name       | TLS       | denied     | no TLS
  two sslmodes                     | TLS     | TLS        | TLS    | TLS      | TLS         | TLS     | TLS    | TLS        | TLS        | TLS       | denied     | no TLS
`
)
