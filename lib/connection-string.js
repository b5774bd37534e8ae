'use strict'

// pg-connection-string, which pg uses, and the one word that it does not know: `sslrootcert=system` (DV-65).

const { parse } = require('pg-connection-string')

const WORD = 'system'

// Modes that pg takes for less than full verification: without `uselibpqcompat` only these two are (S-13, S-14).
const WEAK = ['disable', 'no-verify']
const WEAK_TO_LIBPQ = [...WEAK, 'allow', 'prefer', 'require', 'verify-ca']

/** Takes `sslrootcert=system` out of a connection string; undefined if it is not there. */
function withoutSystem(text) {
  // Those have no such parameter (S-2, S-3).
  if (text.startsWith('/') || /^\s*socket:/i.test(text)) return undefined
  const [address, fragment] = splitAt(text, '#')
  const [base, query] = splitAt(address, '?')
  if (query === '') return undefined
  const parameters = new URLSearchParams(query)
  if (parameters.getAll('sslrootcert').at(-1) !== WORD) return undefined // the last one wins (S-7)
  const rest = query
    .slice(1)
    .split('&')
    .filter((pair) => !new URLSearchParams(pair).has('sslrootcert'))
  return { text: `${base}?${rest.join('&')}${fragment}`, parameters }
}

function splitAt(text, mark) {
  const index = text.indexOf(mark)
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index)]
}

/** The config that a connection string stands for. */
function parseConnectionString(text) {
  const found = typeof text === 'string' ? withoutSystem(text) : undefined
  if (found === undefined) return parse(text)
  const last = (name) => found.parameters.getAll(name).at(-1)
  const mode = last('sslmode')
  const weak = last('uselibpqcompat') === 'true' ? WEAK_TO_LIBPQ : WEAK
  if (weak.includes(mode)) {
    throw new Error(`weak sslmode "${mode}" may not be used with sslrootcert=system (use "verify-full")`)
  }
  const config = parse(found.text)
  config.sslrootcert = WORD
  config.ssl = {
    ...(typeof config.ssl === 'object' && config.ssl),
    sslrootcert: WORD,
    rejectUnauthorized: true,
  }
  return config
}

module.exports = { parseConnectionString }
