'use strict'

const { X509Certificate, createPrivateKey } = require('node:crypto')
const { createAuthority, selfSigned } = require('./certificates')

const load = ({ cert }) => new X509Certificate(cert)

test.each(['ec', 'rsa'])(
  'an authority vouches for the %s certificates that it issues, and for no others',
  (type) => {
    const authority = createAuthority({ type })
    const root = load(authority)
    const leaf = load(authority.issue({ type }))
    expect(root.ca).toBe(true)
    expect(leaf.ca).toBe(false)
    expect(leaf.checkIssued(root)).toBe(true)
    expect(leaf.verify(root.publicKey)).toBe(true)
    expect(leaf.verify(load(createAuthority({ type })).publicKey)).toBe(false)
  }
)

test('a certificate names its hosts, and its key fits', () => {
  const hosts = ['db.example', '127.0.0.1', '::1', 'fe80::1:2']
  const issued = createAuthority().issue({ name: 'db.example', hosts })
  const certificate = load(issued)
  expect(certificate.checkHost('db.example')).toBe('db.example')
  for (const address of hosts.slice(1)) expect(certificate.checkIP(address)).toBe(address)
  expect(certificate.checkIP('127.0.0.2')).toBeUndefined()
  expect(certificate.checkPrivateKey(createPrivateKey(issued.key))).toBe(true)
})

test('validity is now, over, or not yet', () => {
  const now = Date.now()
  const validTo = (issued) => Date.parse(load(issued).validTo)
  expect(validTo(selfSigned())).toBeGreaterThan(now)
  expect(validTo(createAuthority().issue({ expired: true }))).toBeLessThan(now)
  expect(Date.parse(load(createAuthority().issue({ early: true })).validFrom)).toBeGreaterThan(now)
})

test('what an intermediate issues is a chain up to the root', () => {
  const root = createAuthority()
  const lower = root.intermediate({ name: 'upper' }).intermediate({ name: 'lower' })
  const { cert, ca } = lower.issue()
  const chain = cert.split(/(?<=-----END CERTIFICATE-----\n)/).map((pem) => new X509Certificate(pem))
  expect(chain).toHaveLength(3)
  for (const [i, issuer] of [...chain.slice(1), load(root)].entries()) {
    expect(chain[i].checkIssued(issuer) && chain[i].verify(issuer.publicKey)).toBe(true)
  }
  expect(ca).toBe(root.cert)
})
