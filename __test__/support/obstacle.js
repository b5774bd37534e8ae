'use strict'

/**
 * `test`, unless something about this machine makes it impossible; then a skipped test whose name says what.
 *
 * The obstacle must be a fact that was looked up (a platform, a variable), never the failure of what is tested: a
 * machine where it does not hold runs the test, in CI as anywhere.
 *
 * @param {string | false} obstacle why it cannot run here
 * @param {Function} [run] the kind of test, if not `test`
 */
function testUnless(obstacle, run = test) {
  if (!obstacle) return run
  return (name, body) => test.skip(`${name} (skipped: ${obstacle})`, body)
}

module.exports = { testUnless }
