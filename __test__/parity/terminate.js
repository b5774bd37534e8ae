'use strict'

const { sharedServer } = require('../support/server')

/** Has the server end a client's session, seen from another connection. */
const terminate = (client) => sharedServer().query('select pg_terminate_backend($1)', [client.processID])

/** Waits until the client's session is busy on the server. */
async function busy(client, until) {
  const sql = "select 1 from pg_stat_activity where pid = $1 and state = 'active'"
  await until(async () => (await sharedServer().query(sql, [client.processID])).rows.length > 0)
}

module.exports = { terminate, busy }
