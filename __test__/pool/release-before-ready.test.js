'use strict'

const { after } = require('../support/connections')
const { onlyOxpg, subject } = require('../support/drivers')
const { startFakeServer, messages } = require('../support/fake-server')
const { settles } = require('../support/until')

const { commandComplete, emptyQuery, errorResponse, readyForQuery } = messages

// An error is told before the ReadyForQuery that says what became of the transaction, and with a slow rollback that
// may take its time.
async function poolOfServer(afterError) {
  const texts = []
  let continueServer
  const mayContinue = new Promise((resolve) => (continueServer = resolve))
  const server = await startFakeServer(async (peer) => {
    await peer.welcome()
    await peer.expect('Q')
    peer.send(errorResponse({ M: 'no such thing' }))
    await mayContinue
    await afterError(peer)
    for (;;) {
      const { body } = await peer.expect('Q')
      const text = body.toString().slice(0, -1)
      texts.push(text)
      if (text === '') peer.send(emptyQuery(), readyForQuery('E'))
      else peer.send(commandComplete(text), readyForQuery('I'))
    }
  })
  after(() => server.close())
  const pool = new subject.Pool({ ...server.config, max: 1 })
  after(() => pool.end())
  pool.on('error', () => {})
  const client = await pool.connect()
  await expect(client.query('BEGIN; nonsense')).rejects.toThrow('no such thing')
  client.release()
  return { pool, texts, continueServer }
}

onlyOxpg('a client released before ReadyForQuery is rolled back before it is handed on', async () => {
  const { pool, texts, continueServer } = await poolOfServer((peer) => peer.send(readyForQuery('E')))
  const next = pool.query('NEXT')
  continueServer()
  await settles('the next query', next)
  expect(texts).toEqual(['', 'ROLLBACK', 'NEXT'])
})
