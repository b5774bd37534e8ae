'use strict'

const { currentPlatform, supported } = require('./platform')

// The generated loader blames npm whatever went wrong; this says what the reader can do.
function explain(cause) {
  const platform = currentPlatform()
  const reason = supported.includes(platform)
    ? 'If optional dependencies were skipped (--omit=optional, --no-optional), install again without that flag.'
    : 'There is no ready-made binary for this platform.'
  return new Error(
    [
      `oxpg could not load its native binary for ${platform} (Node ${process.version}).`,
      `Ready-made binaries exist for: ${supported.join(', ')}.`,
      reason,
      'To build it from a checkout: install Rust >= 1.88 (stable, https://rustup.rs) and run `npm run build`.',
    ].join('\n'),
    { cause }
  )
}

function load() {
  try {
    return require('../native/binding.js')
  } catch (cause) {
    throw explain(cause)
  }
}

module.exports = load()
