'use strict'

const { describeValue } = require('./describe-value')

/**
 * A log of what happened, in order. `log('label', ...values)` notes values as they are at this moment,
 * `log.events(emitter, names, prefix)` notes events, `log.settle(label, promise)` notes how a promise ends and
 * `log.callback(label)` makes a callback that notes its arguments.
 */
function createRecorder() {
  const log = (label, ...values) => {
    log.entries.push([label, ...values.map(describeValue)])
  }
  log.entries = []
  log.labels = () => log.entries.map((entry) => entry[0])
  log.count = (label) => log.entries.filter((entry) => entry[0] === label).length
  log.events = (emitter, names, prefix = '') => {
    for (const name of names) emitter.on(name, (...args) => log(prefix + name, ...args))
    return emitter
  }
  log.settle = (label, promise) =>
    promise.then(
      (value) => log(`${label} resolved`, value),
      (error) => log(`${label} rejected`, error)
    )
  log.callback = (label) => {
    let done
    const called = new Promise((resolve) => (done = resolve))
    const callback = (...args) => {
      log(label, ...args)
      done(args)
    }
    callback.called = called
    return callback
  }
  return log
}

module.exports = { createRecorder }
