'use strict'

const { openPool, failureOf } = require('../support/connections')
const { freePort } = require('../support/free-port')

test('a checkout from a server that is not there rejects with the code of the socket', async () => {
  const port = await freePort()
  const pool = openPool({ host: '127.0.0.1', port })
  expect(await failureOf(pool.connect())).toMatchObject({ code: 'ECONNREFUSED', port, address: '127.0.0.1' })
  expect(await failureOf(pool.query('SELECT 1'))).toMatchObject({ code: 'ECONNREFUSED' })
  expect([pool.totalCount, pool.idleCount, pool.waitingCount]).toEqual([0, 0, 0])
})

test('a wrong password rejects with the error of the server', async () => {
  const pool = openPool({ password: 'not the password' })
  const error = await failureOf(pool.connect())
  expect(error).toMatchObject({ code: '28P01', severity: 'FATAL' })
  expect(pool.totalCount).toBe(0)
})

test('the callback form hands over the error, no client, and a release function that does nothing', (done) => {
  const pool = openPool({ password: 'not the password' })
  pool.connect((error, client, release) => {
    expect(error).toMatchObject({ code: '28P01' })
    expect(client).toBeUndefined()
    release()
    done()
  })
})
