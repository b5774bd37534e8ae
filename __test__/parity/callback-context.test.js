'use strict'

const { AsyncLocalStorage } = require('async_hooks')
const { parity } = require('./harness')

// Tracing tools take the query that client.query() has just made, put a callback of their own in the place of its
// callback, and run that in the context of the caller: in the span of the request, not in that of the statement.
function trace(storage, client, text, callback) {
  return storage.run('the statement', () => {
    client.query(text, callback)
    const query = client._queryQueue.at(-1) || client._activeQuery
    const { callback: original } = query
    query.callback = function (...args) {
      return storage.run('the caller', () => original.apply(this, args))
    }
  })
}

for (const [outcome, text] of [
  ['a result', 'select 1'],
  ['an error', 'selec 1'],
]) {
  parity(`AC: a callback runs in the context that a tool gives it, with ${outcome}`, async ({ connect }) => {
    const storage = new AsyncLocalStorage()
    const client = await connect()
    return new Promise((resolve) =>
      trace(storage, client, text, (error, result) =>
        resolve([storage.getStore(), error?.code, result?.rowCount])
      )
    )
  })
}
