'use strict'

// A server that asks for a certificate of this authority in the name of the user; see 'wants cert'.

const { authority, stranger, guest, start, stop, file, matrix } = require('./matrix')

beforeAll(start)
afterAll(stop)

const ca = authority.cert
const CERTIFICATES = {
  right: guest(),
  "another user's": guest({ name: 'somebody' }),
  'of another authority': stranger.issue({ name: 'guest', hosts: ['guest'] }),
  expired: guest({ expired: true }),
  early: guest({ early: true }),
  'of an intermediate': authority.intermediate().issue({ name: 'guest', hosts: ['guest'] }),
  rsa: guest({ type: 'rsa' }),
}

const option =
  (make) =>
  ({ config }) => ({ ...config, ssl: make() })
const paths =
  (sslmode, parts, { cert, key } = CERTIFICATES.right) =>
  ({ url }) => {
    const files = { sslrootcert: ca, sslcert: cert, sslkey: key }
    const query = parts.map((name) => `${name}=${file(`${name}.pem`, files[name])}`)
    return { connectionString: `${url}?${[`sslmode=${sslmode}`, ...query].join('&')}` }
  }

matrix(
  'client certificate',
  {
    none: option(() => ({ ca })),
    ...Object.fromEntries(
      Object.entries(CERTIFICATES).map(([name, { cert, key }]) => [name, option(() => ({ ca, cert, key }))])
    ),
    'right, over a socket of Node': option(() => {
      const { cert, key } = CERTIFICATES.right
      return { ca, cert, key, checkServerIdentity: () => undefined }
    }),
    "another's key": option(() => ({ ca, cert: CERTIFICATES.right.cert, key: CERTIFICATES.early.key })),
    'no key': option(() => ({ ca, cert: CERTIFICATES.right.cert })),
    'no certificate': option(() => ({ ca, key: CERTIFICATES.right.key })),
  },
  `
  certificate                  | wants cert | by name  | wants TLS | stranger | no TLS
  none                         | denied     | TLS      | TLS       | issuer   | no TLS
  right                        | TLS        | TLS      | TLS       | issuer   | no TLS
  another user's               | denied     | TLS      | TLS       | issuer   | no TLS
  of another authority         | denied     | denied   | denied    | issuer   | no TLS
  expired                      | denied     | denied   | denied    | issuer   | no TLS
  early                        | denied     | denied   | denied    | issuer   | no TLS
  of an intermediate           | TLS        | TLS      | TLS       | issuer   | no TLS
  rsa                          | TLS        | TLS      | TLS       | issuer   | no TLS
  right, over a socket of Node | TLS        | TLS      | TLS       | issuer   | no TLS
  another's key                | mismatch   | mismatch | mismatch  | mismatch | no TLS > mismatch
  no key                       | denied     | TLS      | TLS       | issuer   | no TLS
  no certificate               | denied     | TLS      | TLS       | issuer   | no TLS
`
)

matrix(
  'sslcert and sslkey',
  {
    'verify-full': paths('verify-full', ['sslrootcert', 'sslcert', 'sslkey']),
    'no-verify': paths('no-verify', ['sslcert', 'sslkey']),
    'verify-full without sslrootcert': paths('verify-full', ['sslcert', 'sslkey']),
    'require with uselibpqcompat': paths('require&uselibpqcompat=true', ['sslcert', 'sslkey']),
    'verify-ca with uselibpqcompat': paths('verify-ca&uselibpqcompat=true', [
      'sslrootcert',
      'sslcert',
      'sslkey',
    ]),
    disable: paths('disable', ['sslrootcert']),
    'no sslkey': paths('verify-full', ['sslrootcert', 'sslcert']),
    expired: paths('verify-full', ['sslrootcert', 'sslcert', 'sslkey'], CERTIFICATES.expired),
  },
  `
  sslmode                         | wants cert | by name | other name | stranger | no TLS
  verify-full                     | TLS        | TLS     | name       | issuer   | no TLS
  no-verify                       | TLS        | TLS     | TLS        | TLS      | no TLS
  verify-full without sslrootcert | issuer     | issuer  | issuer     | issuer   | no TLS
  require with uselibpqcompat     | TLS        | TLS     | TLS        | TLS      | no TLS
  verify-ca with uselibpqcompat   | TLS        | TLS     | TLS        | issuer   | no TLS
  disable                         | denied     | plain   | plain      | plain    | plain
  no sslkey                       | denied     | TLS     | name       | issuer   | no TLS
  expired                         | denied     | denied  | name       | issuer   | no TLS
`
)
