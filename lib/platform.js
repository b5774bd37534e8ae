'use strict'

// The platforms that have a ready-made binary, by the names that napi-rs gives to its packages.
const supported = [
  'linux-x64-gnu',
  'linux-arm64-gnu',
  'linux-x64-musl',
  'linux-arm64-musl',
  'darwin-x64',
  'darwin-arm64',
  'win32-x64-msvc',
  'win32-arm64-msvc',
]

// Node reports the glibc that it runs on; on Alpine and other musl systems there is none to report.
function isMusl() {
  if (process.platform !== 'linux') return false
  const { report } = process
  if (!report || typeof report.getReport !== 'function') return false
  // Without this the report resolves the name of every open socket, which can take seconds.
  const { excludeNetwork } = report
  report.excludeNetwork = true
  try {
    return !report.getReport().header.glibcVersionRuntime
  } finally {
    report.excludeNetwork = excludeNetwork
  }
}

const suffixes = {
  linux: () => (isMusl() ? '-musl' : '-gnu'),
  win32: () => '-msvc',
}

function currentPlatform() {
  const { platform, arch } = process
  const suffix = suffixes[platform]
  return `${platform}-${arch}${suffix ? suffix() : ''}`
}

module.exports = { currentPlatform, isMusl, supported }
