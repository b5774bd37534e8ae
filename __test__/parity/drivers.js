'use strict'

// The two sides of a comparison. `OXPG_DRIVER=pg` puts pg on both, which shows that a case itself is sound and
// deterministic; an absolute path puts any module on our side, for instance a mutant that a case must catch.
const ours = process.env.OXPG_DRIVER || 'oxpg'

const load = {
  theirs: () => require('pg'),
  ours: () => require(ours === 'oxpg' ? '../..' : ours),
}

const SIDES = ['theirs', 'ours']

/** True while pg stands on both sides. */
const oursIsPg = ours === 'pg'

module.exports = { load, SIDES, oursIsPg }
