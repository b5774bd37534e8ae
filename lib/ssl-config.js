'use strict'

// pg hands its `ssl` object to tls.connect. This translates the part that rustls can honour and refuses the rest by
// name: an option that is silently ignored is a security hole (T-3, T-4).

const fs = require('fs')
const net = require('net')

// Options of tls.connect and tls.createSecureContext that change how a client connects. Any other key (such as the
// `require` that many configs carry) means nothing to Node either.
const UNSUPPORTED = [
  'ALPNProtocols',
  'allowPartialTrustChain',
  'checkServerIdentity',
  'ciphers',
  'clientCertEngine',
  'crl',
  'dhparam',
  'ecdhCurve',
  'enableTrace',
  'host',
  'maxVersion',
  'minDHSize',
  'minVersion',
  'onread',
  'passphrase',
  'pfx',
  'privateKeyEngine',
  'privateKeyIdentifier',
  'pskCallback',
  'requestOCSP',
  'secureContext',
  'secureOptions',
  'secureProtocol',
  'session',
  'sigalgs',
  'socket',
]

function unsupportedOption(name) {
  const error = new Error(
    `The option "${name}" is not supported yet in this version of oxpg. Remove it from the configuration.`
  )
  error.code = 'ERR_OXPG_UNSUPPORTED_OPTION'
  error.option = name
  return error
}

// Where an option asks for what happens anyway, or where pg overrides it, it is honoured.
function honouredAnyway(name, options, { serverName, direct }) {
  switch (name) {
    case 'minVersion':
      return options.minVersion === 'TLSv1.2'
    case 'maxVersion':
      return options.maxVersion === 'TLSv1.3'
    case 'ALPNProtocols':
      return direct // pg offers `postgresql` alone
    case 'host':
      return serverName !== undefined // pg checks the certificate against the name it connects to
    default:
      return false
  }
}

function pem(material) {
  return typeof material === 'string'
    ? material
    : Buffer.from(material.buffer, material.byteOffset, material.byteLength).toString()
}

const list = (value) => (Array.isArray(value) ? value : [value])

// One certificate chain and one key; Node takes lists of them for servers with several key types.
function single(name, value) {
  if (!value) return null
  const items = list(value)
  if (items.length > 1) throw unsupportedOption(`ssl.${name} as a list of several`)
  const item = items[0]?.pem ?? items[0]
  if (items[0]?.passphrase) throw unsupportedOption(`ssl.${name}[0].passphrase`)
  return item === undefined ? null : pem(item)
}

// Node itself judges certificates and keys, in its own words (T-5), once per object of the application.
const judged = new WeakSet()

function judgeMaterial(ssl, { ca, cert, key }) {
  if ((!ca && !cert && !key) || judged.has(ssl)) return
  require('tls').createSecureContext({ ca, cert, key })
  judged.add(ssl)
}

// Node reads NODE_EXTRA_CA_CERTS when it starts, and has warned by then if it could not.
let extraRoots
function extraCa() {
  if (extraRoots === undefined) {
    try {
      extraRoots = process.env.NODE_EXTRA_CA_CERTS
        ? [fs.readFileSync(process.env.NODE_EXTRA_CA_CERTS, 'utf8')]
        : []
    } catch {
      extraRoots = []
    }
  }
  return extraRoots
}

let warned = false
function rejectsByDefault() {
  if (process.env.NODE_TLS_REJECT_UNAUTHORIZED !== '0') return true
  if (!warned) {
    warned = true
    process.emitWarning(
      "Setting the NODE_TLS_REJECT_UNAUTHORIZED environment variable to '0' makes TLS connections and HTTPS " +
        'requests insecure by disabling certificate verification.'
    )
  }
  return false
}

/**
 * The TLS options of one session.
 *
 * @param {boolean | object | string | null | undefined} ssl a client's resolved `ssl`
 * @param {{ host: string, direct: boolean }} target where it connects and whether TLS comes first
 * @returns {object | null} the JSON of src/config's `SslConfig`; null for plain text
 * @throws where an option cannot be honoured or a certificate or key is unusable
 */
function sslConfig(ssl, { host, direct }) {
  if (!ssl) return null
  if (ssl !== true && typeof ssl !== 'object') {
    throw new TypeError(
      `Invalid ssl value: ${JSON.stringify(ssl)}. Use true, false or an object with TLS options.`
    )
  }

  const unixSocket = host.startsWith('/')
  const serverName = !unixSocket && net.isIP(host) === 0 ? host : undefined
  const options = ssl === true ? {} : { ...ssl }
  if (ssl !== true && 'key' in ssl) options.key = ssl.key // it hides from the spread (C-7)

  for (const name of UNSUPPORTED) {
    if (options[name] != null && !honouredAnyway(name, options, { serverName, direct })) {
      throw unsupportedOption(`ssl.${name}`)
    }
  }
  judgeMaterial(ssl, options)

  const verify = 'rejectUnauthorized' in options ? options.rejectUnauthorized !== false : rejectsByDefault()
  return {
    ca: options.ca ? list(options.ca).map(pem) : null,
    extraCa: verify && !options.ca ? extraCa() : [],
    cert: single('cert', options.cert),
    key: single('key', options.key),
    rejectUnauthorized: verify,
    // pg overwrites the caller's name where it connects by name; Node takes localhost where there is no host (T-3).
    servername: serverName ?? (unixSocket ? 'localhost' : (options.servername ?? null)),
  }
}

module.exports = { sslConfig, unsupportedOption }
