'use strict'

const crypto = require('node:crypto')
const net = require('node:net')
const der = require('./der')

// Node signs bytes but builds no certificates; they are few fields of DER, so no package and no openssl is needed.
const DAY = 24 * 60 * 60 * 1000
const KEYS = {
  ec: { family: 'ecdsa', generate: () => crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' }) },
  rsa: { family: 'rsa', generate: () => crypto.generateKeyPairSync('rsa', { modulusLength: 2048 }) },
  // Beyond what every TLS library takes.
  p521: { family: 'ecdsa', generate: () => crypto.generateKeyPairSync('ec', { namedCurve: 'P-521' }) },
  rsa1024: { family: 'rsa', generate: () => crypto.generateKeyPairSync('rsa', { modulusLength: 1024 }) },
}
const SIGNATURES = {
  ecdsa: {
    sha1: der.sequence(der.oid('1.2.840.10045.4.1')),
    sha256: der.sequence(der.oid('1.2.840.10045.4.3.2')),
    sha512: der.sequence(der.oid('1.2.840.10045.4.3.4')),
  },
  rsa: {
    sha1: der.sequence(der.oid('1.2.840.113549.1.1.5'), der.nothing()),
    sha256: der.sequence(der.oid('1.2.840.113549.1.1.11'), der.nothing()),
  },
}

/**
 * A certificate authority made for one test: `{ cert, key, issue(options), intermediate(options) }`, all in PEM. `issue`
 * gives `{ cert, key, ca }` for a server (`hosts`: names and addresses) or a client (`name`: the database user), `expired`
 * or not valid before tomorrow (`early`) on demand. An `intermediate` is an authority that this one vouches for: what it
 * issues is a chain, the certificate and the intermediate's own, and `ca` is still the root.
 */
function createAuthority({
  name = 'oxpg test authority',
  type = 'ec',
  issuer,
  root,
  above = '',
  ...odd
} = {}) {
  const own = certificate({ name, type, authority: true, issuer, ...odd })
  const ca = root ?? own.cert
  const chain = issuer ? own.cert + above : ''
  const issue = ({ name = 'localhost', hosts = ['localhost', '127.0.0.1'], type = 'ec', ...dates } = {}) => {
    const { cert, ...rest } = certificate({ name, hosts, type, issuer: own, ...dates })
    return { ...rest, cert: cert + chain, ca }
  }
  const intermediate = ({ name = 'oxpg test intermediate', type = 'ec', ...odd } = {}) =>
    createAuthority({ name, type, issuer: own, root: ca, above: chain, ...odd })
  return { cert: own.cert, key: own.key, issue, intermediate }
}

/** A server certificate that no authority vouches for, `{ cert, key }`. */
function selfSigned({ name = 'localhost', hosts = ['localhost', '127.0.0.1'], type = 'ec', ...odd } = {}) {
  const { cert, key } = certificate({ name, hosts, type, ...odd })
  return { cert, key }
}

/**
 * `digest`: of the signature. `version: 1`: without extensions, as `openssl x509 -req` makes them. `hosts: []`: no
 * subjectAltName. `unknown: true`: a critical extension that nobody knows. `extensions`: in place of those that say what
 * it may be used for; see EXTENSIONS. `until`: the last moment of its life, in milliseconds.
 */
function certificate({
  name,
  hosts,
  type,
  issuer,
  authority = false,
  expired = false,
  early = false,
  ...odd
}) {
  const { digest = 'sha256', version = 3, unknown = false } = odd
  const { extensions: uses = authority ? authorityExtensions() : leafExtensions() } = odd
  const { publicKey, privateKey } = KEYS[type].generate()
  const signer = issuer ?? { name, type, privateKey }
  const algorithm = SIGNATURES[KEYS[signer.type].family][digest]
  const now = Date.now()
  const from = early ? now + DAY : now - (expired ? 3 : 1) * DAY
  const to = odd.until ?? (expired ? now - DAY : now + 3650 * DAY)
  const extensions = [
    ...uses,
    ...(hosts?.length ? [extension('2.5.29.17', false, der.sequence(...hosts.map(alternativeName)))] : []),
    ...(unknown ? [extension('1.3.6.1.4.1.99999.1', true, der.nothing())] : []),
  ]
  const body = der.sequence(
    ...(version === 1 ? [] : [der.explicit(0, der.integer([version - 1]))]),
    der.integer(crypto.randomBytes(8).fill(1, 0, 1)),
    algorithm,
    distinguishedName(signer.name),
    der.sequence(der.time(new Date(from)), der.time(new Date(to))),
    distinguishedName(name),
    publicKey.export({ format: 'der', type: 'spki' }),
    ...(version === 1 ? [] : [der.explicit(3, der.sequence(...extensions))])
  )
  const signature = crypto.sign(digest, body, signer.privateKey)
  const encoded = der.sequence(body, algorithm, der.bits(signature))
  return {
    name,
    type,
    privateKey,
    cert: der.pem('CERTIFICATE', encoded),
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }),
  }
}

function distinguishedName(commonName) {
  return der.sequence(der.set(der.sequence(der.oid('2.5.4.3'), der.utf8(commonName))))
}

function extension(id, critical, value) {
  return der.sequence(der.oid(id), ...(critical ? [der.boolean(true)] : []), der.octets(value))
}

const EXTENSIONS = {
  /** `pathLength`: how many authorities may be below it. */
  basicConstraints: (isAuthority, pathLength) =>
    extension(
      '2.5.29.19',
      true,
      der.sequence(
        ...(isAuthority ? [der.boolean(true)] : []),
        ...(pathLength === undefined ? [] : [der.integer([pathLength])])
      )
    ),
  /** `bits`: the first byte of the bit string. */
  keyUsage: (bits) => extension('2.5.29.15', true, der.bits(Buffer.from([bits]), 1)),
  purposes: (...names) =>
    extension('2.5.29.37', false, der.sequence(...names.map((name) => der.oid(PURPOSES[name])))),
  /** Netscape's idea of purposes; `bits`: the first byte of the bit string. */
  netscapeType: (bits) => extension('2.16.840.1.113730.1.1', false, der.bits(Buffer.from([bits]), 0)),
  /** `names`: encoded GeneralNames. */
  nameConstraints: ({ permitted = [], excluded = [] }) => {
    const subtrees = (number, names) =>
      names.length ? [der.explicit(number, ...names.map((name) => der.sequence(name)))] : []
    return extension('2.5.29.30', true, der.sequence(...subtrees(0, permitted), ...subtrees(1, excluded)))
  },
  keyIdentifier: (text) => extension('2.5.29.14', false, der.octets(Buffer.from(text))),
  issuerKeyIdentifier: (text) =>
    extension('2.5.29.35', false, der.sequence(der.implicit(0, Buffer.from(text)))),
}
const PURPOSES = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2', any: '2.5.29.37.0' }

function authorityExtensions() {
  // keyCertSign, cRLSign
  return [EXTENSIONS.basicConstraints(true), EXTENSIONS.keyUsage(0x06)]
}

function leafExtensions() {
  return [EXTENSIONS.basicConstraints(false), EXTENSIONS.purposes('server', 'client')]
}

function alternativeName(host) {
  if (!net.isIP(host)) return der.implicit(2, Buffer.from(host))
  if (net.isIPv4(host)) return der.implicit(7, Buffer.from(host.split('.').map(Number)))
  const [head, tail = ''] = host.split('::').map((part) => part.split(':').filter(Boolean))
  const zeros = Array(8 - head.length - tail.length).fill('0')
  const groups = [...head, ...(host.includes('::') ? zeros : []), ...tail]
  return der.implicit(7, Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex'))
}

module.exports = { EXTENSIONS, createAuthority, selfSigned }
