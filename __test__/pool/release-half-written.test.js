'use strict'

const { openPool } = require('../support/connections')

const half = {
  'messages without their Sync': (connection) => {
    connection.parse({ text: 'SELECT 1 AS of_the_last_borrower' })
    connection.bind()
    connection.execute({})
    connection.flush()
  },
  'an error that no Sync follows': (connection) => {
    connection.parse({ text: 'nonsense' })
    connection.flush()
  },
  'the beginning of a message': (connection) => {
    connection.stream.write(Buffer.from([0x51, 0, 0]))
  },
}

test.each(Object.entries(half))('a client released behind %s is not handed on', async (_, write) => {
  const pool = openPool({ max: 1 })
  // As in pg, answers without a query are reported.
  pool.on('error', () => {})
  const client = await pool.connect()
  write(client.connection)
  client.release()
  const answer = await pool.query('SELECT 2 AS mine')
  expect(answer.rows).toEqual([{ mine: 2 }])
  const next = await pool.connect()
  expect(next).not.toBe(client)
  next.release()
})
