'use strict'

const { authority, intermediate, stranger, lone, start, stop, matrix } = require('./matrix')

beforeAll(start)
afterAll(stop)

const ca = authority.cert
const ssl =
  (make) =>
  ({ config }) => ({ ...config, ssl: make() })

const MODES = {
  undefined: ssl(() => undefined),
  null: ssl(() => null),
  false: ssl(() => false),
  true: ssl(() => true),
  "'true'": ssl(() => 'true'),
  "'no-verify'": ssl(() => 'no-verify'),
  '{}': ssl(() => ({})),
  '{ rejectUnauthorized: false }': ssl(() => ({ rejectUnauthorized: false })),
  '{ rejectUnauthorized: true }': ssl(() => ({ rejectUnauthorized: true })),
  '{ rejectUnauthorized: undefined }': ssl(() => ({ rejectUnauthorized: undefined })),
  '{ ca }': ssl(() => ({ ca })),
  '{ ca: Buffer }': ssl(() => ({ ca: Buffer.from(ca) })),
  '{ ca: list }': ssl(() => ({ ca: [stranger.cert, ca] })),
  '{ ca of two in one text }': ssl(() => ({ ca: stranger.cert + ca })),
  '{ ca: root and intermediate }': ssl(() => ({ ca: [ca, intermediate.cert] })),
  '{ ca: intermediate }': ssl(() => ({ ca: intermediate.cert })),
  '{ ca: the self-signed one }': ssl(() => ({ ca: lone.cert })),
  '{ ca: [] }': ssl(() => ({ ca: [] })),
  "{ ca: '' }": ssl(() => ({ ca: '' })),
  '{ ca: undefined }': ssl(() => ({ ca: undefined })),
  '{ ca of another authority }': ssl(() => ({ ca: stranger.cert })),
  '{ ca, rejectUnauthorized: false }': ssl(() => ({ ca, rejectUnauthorized: false })),
  '{ ca, checkServerIdentity: nothing }': ssl(() => ({ ca, checkServerIdentity: () => undefined })),
  '{ checkServerIdentity: nothing }': ssl(() => ({ checkServerIdentity: () => undefined })),
  '{ ca, servername: db.example }': ssl(() => ({ ca, servername: 'db.example' })),
  '{ servername: db.example }': ssl(() => ({ servername: 'db.example' })),
  "{ ca, servername: '' }": ssl(() => ({ ca, servername: '' })),
  "{ ca, host: 'db.example' }": ssl(() => ({ ca, host: 'db.example' })),
  '{ ca, minVersion: TLSv1.3 }': ssl(() => ({ ca, minVersion: 'TLSv1.3' })),
  '{ ca, maxVersion: TLSv1.2 }': ssl(() => ({ ca, maxVersion: 'TLSv1.2' })),
  '{ require: true }': ssl(() => ({ require: true })),
  "{ sslmode: 'disable' }": ssl(() => ({ sslmode: 'disable' })),
}

matrix(
  'ssl',
  MODES,
  `
  mode                                 | by name | by address | chain  | half chain | stranger | self-signed | expired | early | other name | no address | wants TLS | wants cert | no TLS
  undefined                            | plain   | plain      | plain  | plain      | plain    | plain       | plain   | plain | plain      | plain      | denied    | denied     | plain
  null                                 | plain   | plain      | plain  | plain      | plain    | plain       | plain   | plain | plain      | plain      | denied    | denied     | plain
  false                                | plain   | plain      | plain  | plain      | plain    | plain       | plain   | plain | plain      | plain      | denied    | denied     | plain
  true                                 | issuer  | issuer     | issuer | issuer     | issuer   | self        | expired | early | issuer     | issuer     | issuer    | issuer     | no TLS
  'true'                               | issuer  | issuer     | issuer | issuer     | issuer   | self        | expired | early | issuer     | issuer     | issuer    | issuer     | no TLS
  'no-verify'                          | TLS     | TLS        | TLS    | TLS        | TLS      | TLS         | TLS     | TLS   | TLS        | TLS        | TLS       | denied     | no TLS
  {}                                   | issuer  | issuer     | issuer | issuer     | issuer   | self        | expired | early | issuer     | issuer     | issuer    | issuer     | no TLS
  { rejectUnauthorized: false }        | TLS     | TLS        | TLS    | TLS        | TLS      | TLS         | TLS     | TLS   | TLS        | TLS        | TLS       | denied     | no TLS
  { rejectUnauthorized: true }         | issuer  | issuer     | issuer | issuer     | issuer   | self        | expired | early | issuer     | issuer     | issuer    | issuer     | no TLS
  { rejectUnauthorized: undefined }    | issuer  | issuer     | issuer | issuer     | issuer   | self        | expired | early | issuer     | issuer     | issuer    | issuer     | no TLS
  { ca }                               | TLS     | TLS        | TLS    | issuer     | issuer   | self        | expired | early | name       | name       | TLS       | denied     | no TLS
  { ca: Buffer }                       | TLS     | TLS        | TLS    | issuer     | issuer   | self        | expired | early | name       | name       | TLS       | denied     | no TLS
  { ca: list }                         | TLS     | TLS        | TLS    | issuer     | TLS      | self        | expired | early | name       | name       | TLS       | denied     | no TLS
  { ca of two in one text }            | TLS     | TLS        | TLS    | issuer     | TLS      | self        | expired | early | name       | name       | TLS       | denied     | no TLS
  { ca: root and intermediate }        | TLS     | TLS        | TLS    | TLS        | issuer   | self        | expired | early | name       | name       | TLS       | denied     | no TLS
  { ca: intermediate }                 | issuer  | issuer     | issuer | issuer     | issuer   | self        | expired | early | issuer     | issuer     | issuer    | issuer     | no TLS
  { ca: the self-signed one }          | issuer  | issuer     | issuer | issuer     | issuer   | TLS         | expired | early | issuer     | issuer     | issuer    | issuer     | no TLS
  { ca: [] }                           | issuer  | issuer     | issuer | issuer     | issuer   | self        | expired | early | issuer     | issuer     | issuer    | issuer     | no TLS
  { ca: '' }                           | issuer  | issuer     | issuer | issuer     | issuer   | self        | expired | early | issuer     | issuer     | issuer    | issuer     | no TLS
  { ca: undefined }                    | issuer  | issuer     | issuer | issuer     | issuer   | self        | expired | early | issuer     | issuer     | issuer    | issuer     | no TLS
  { ca of another authority }          | issuer  | issuer     | issuer | issuer     | TLS      | self        | expired | early | issuer     | issuer     | issuer    | issuer     | no TLS
  { ca, rejectUnauthorized: false }    | TLS     | TLS        | TLS    | TLS        | TLS      | TLS         | TLS     | TLS   | TLS        | TLS        | TLS       | denied     | no TLS
  { ca, checkServerIdentity: nothing } | TLS     | TLS        | TLS    | issuer     | issuer   | self        | expired | early | TLS        | TLS        | TLS       | denied     | no TLS
  { checkServerIdentity: nothing }     | issuer  | issuer     | issuer | issuer     | issuer   | self        | expired | early | issuer     | issuer     | issuer    | issuer     | no TLS
  { ca, servername: db.example }       | TLS     | name       | TLS    | issuer     | issuer   | self        | expired | early | name       | TLS        | TLS       | denied     | no TLS
  { servername: db.example }           | issuer  | issuer     | issuer | issuer     | issuer   | self        | expired | early | issuer     | issuer     | issuer    | issuer     | no TLS
  { ca, servername: '' }               | TLS     | TLS        | TLS    | issuer     | issuer   | self        | expired | early | name       | name       | TLS       | denied     | no TLS
  { ca, host: 'db.example' }           | TLS     | name       | TLS    | issuer     | issuer   | self        | expired | early | name       | TLS        | TLS       | denied     | no TLS
  { ca, minVersion: TLSv1.3 }          | TLS     | TLS        | TLS    | issuer     | issuer   | self        | expired | early | name       | name       | TLS       | denied     | no TLS
  { ca, maxVersion: TLSv1.2 }          | TLS     | TLS        | TLS    | issuer     | issuer   | self        | expired | early | name       | name       | TLS       | denied     | no TLS
  { require: true }                    | issuer  | issuer     | issuer | issuer     | issuer   | self        | expired | early | issuer     | issuer     | issuer    | issuer     | no TLS
  { sslmode: 'disable' }               | issuer  | issuer     | issuer | issuer     | issuer   | self        | expired | early | issuer     | issuer     | issuer    | issuer     | no TLS
`
)
