'use strict'

// The extension packages as an app of either driver has them: what they require of `pg` resolves to that driver.

const load = {
  theirs: () => ({ result: require('pg/lib/result.js'), utils: require('pg/lib/utils.js') }),
  ours: () => ({ result: require('../../lib/result.js'), utils: require('../../lib/utils.js') }),
}
const loaded = new Map()

/** pg-cursor, pg-query-stream and pg-copy-streams over the driver of this side. */
function extensions(side) {
  if (!loaded.has(side)) {
    const { result, utils } = load[side]()
    jest.isolateModules(() => {
      jest.doMock('pg/lib/result.js', () => result)
      jest.doMock('pg/lib/utils.js', () => utils)
      const { from, to, both } = require('pg-copy-streams')
      loaded.set(side, {
        Cursor: require('pg-cursor'),
        QueryStream: require('pg-query-stream'),
        copyFrom: from,
        copyTo: to,
        copyBoth: both,
      })
    })
    jest.dontMock('pg/lib/result.js')
    jest.dontMock('pg/lib/utils.js')
  }
  return loaded.get(side)
}

module.exports = { extensions }
