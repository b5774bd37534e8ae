'use strict'

const { createAuthority } = require('../support/certificates')
const { openPool, after, failureOf } = require('../support/connections')
const { startPostgres } = require('../support/postgres')
const { until } = require('../support/until')

const KINDS = { 'a socket of ours': {}, 'a socket of Node': { checkServerIdentity: () => undefined } }
const SSL = 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()'

for (const [kind, options] of Object.entries(KINDS)) {
  for (const mode of ['fast', 'immediate']) {
    test(`a pool gets over a restart of the server (${mode}), over ${kind}`, async () => {
      const authority = createAuthority()
      const server = await startPostgres({ tls: authority.issue() })
      after(() => server.stop())
      const pool = openPool({ ...server.config, max: 3, ssl: { ca: authority.cert, ...options } })
      const errors = []
      pool.on('error', (error) => errors.push(error))
      await Promise.all([1, 2, 3].map(() => pool.query(SSL)))
      expect(pool.idleCount).toBe(3)
      await server.stop({ mode, keep: true })
      await until('the pool has noticed', () => pool.totalCount === 0 && errors.length >= 3)
      expect(errors).toHaveLength(3)
      if (mode === 'fast') expect(errors.map((error) => error.code)).toEqual(Array(3).fill('57P01'))
      expect((await failureOf(pool.query(SSL))).code).toBe('ECONNREFUSED')
      await server.start()
      expect((await pool.query(SSL)).rows).toEqual([{ ssl: true }])
    })
  }
}
