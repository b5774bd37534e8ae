'use strict'

/**
 * The two drivers of a parity test, and the one under test everywhere else. They load on first use, so that a test can
 * be developed against the reference alone: `OXPG_DRIVER=pg npx jest __test__/pool`.
 */
const drivers = {
  get pg() {
    return require('pg')
  },
  get oxpg() {
    return require('../..')
  },
}

const name = process.env.OXPG_DRIVER || 'oxpg'
if (!(name in drivers)) throw new Error(`OXPG_DRIVER is '${name}'; it names 'oxpg' or 'pg'`)

/** A test of something pg lacks on purpose is skipped by name when it is pg that runs. */
const onlyOxpg = typeof test === 'undefined' ? undefined : name === 'oxpg' ? test : test.skip

module.exports = {
  drivers,
  driverName: name,
  onlyOxpg,
  get subject() {
    return drivers[name]
  },
}
