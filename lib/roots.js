'use strict'

// The certificates that Node trusts where a config names none (T-4). They are a hundred and more: the native side gets
// them once, when they are first needed, and knows them by a number from then on.

const fs = require('fs')
const path = require('path')
const tls = require('tls')
const { native } = require('./mailbox')
const { NativeEnvironment } = require('./native')

// Node reads both when it starts; a later change means nothing to it.
const EXTRA_FILE = process.env.NODE_EXTRA_CA_CERTS
const OPTIONS = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(/\s+/)].map((option) =>
  option.replaceAll('_', '-')
)

// Then OpenSSL reads a store of its own, file by file as a server asks for it; only OpenSSL itself can do that.
function isOpenSslStoreInUse() {
  if (OPTIONS.includes('--use-openssl-ca')) return true
  const { defines = [] } = process.config.target_defaults ?? {}
  return defines.includes('NODE_OPENSSL_CERT_STORE') && !OPTIONS.includes('--use-bundled-ca')
}

// Where systems keep their certificates in one file.
const SYSTEM_FILES = [
  '/etc/ssl/certs/ca-certificates.crt', // Debian, Alpine, Arch
  '/etc/pki/tls/certs/ca-bundle.crt', // Fedora, RHEL
  '/etc/ssl/ca-bundle.pem', // SUSE
  '/etc/ssl/cert.pem', // macOS, BSD
]

function textsOf(file) {
  try {
    return [fs.readFileSync(file, 'utf8')]
  } catch {
    return []
  }
}

function textsIn(directory) {
  try {
    return fs.readdirSync(directory).flatMap((name) => textsOf(path.join(directory, name)))
  } catch {
    return []
  }
}

// Node has warned by now if it could not read the file.
function extraRoots() {
  if (tls.getCACertificates) return tls.getCACertificates('extra')
  return EXTRA_FILE ? textsOf(EXTRA_FILE) : []
}

let bundled

/** What Node trusts by default: the same array until tls.setDefaultCACertificates changes it. */
function defaultRoots() {
  if (tls.getCACertificates) return tls.getCACertificates('default')
  return (bundled ??= [...tls.rootCertificates, ...extraRoots()])
}

function storeOfSystem() {
  if (tls.getCACertificates) return tls.getCACertificates('system')
  const { SSL_CERT_FILE: file, SSL_CERT_DIR: directory } = process.env
  if (!file && !directory) return textsOf(SYSTEM_FILES.find((name) => fs.existsSync(name)) ?? SYSTEM_FILES[0])
  return [
    ...(file ? textsOf(file) : []),
    ...(directory ? directory.split(path.delimiter).flatMap(textsIn) : []),
  ]
}

const system = { base: undefined, roots: undefined }

/** What `sslrootcert=system` trusts: the default and the operating system's store. */
function systemRoots() {
  const base = defaultRoots()
  if (system.base !== base) {
    system.roots = [...new Set([...base, ...storeOfSystem()])]
    system.base = base
  }
  return system.roots
}

const judged = { base: undefined, verdict: false }

/** Whether rustls can trust what Node trusts by default. */
function canTrustDefault() {
  if (isOpenSslStoreInUse()) return false
  const base = defaultRoots()
  if (judged.base !== base) {
    judged.verdict = NativeEnvironment.canTrust(extraRoots())
    judged.base = base
  }
  return judged.verdict
}

const SOURCES = { default: defaultRoots, system: systemRoots }
const kept = { default: { number: 0, roots: undefined }, system: { number: 0, roots: undefined } }

/**
 * The number that stands for these roots in a session's options.
 *
 * @param {'default' | 'system'} name
 */
function rootsNumber(name) {
  const roots = SOURCES[name]()
  const it = kept[name]
  if (it.roots !== roots) {
    it.number = native.keepRoots(it.number, roots)
    it.roots = roots
  }
  return it.number
}

/** Has native pools, which connect by themselves, trust what Node trusts by now. */
function refreshRoots() {
  for (const name in kept) if (kept[name].number !== 0) rootsNumber(name)
}

module.exports = { canTrustDefault, refreshRoots, rootsNumber, systemRoots }
