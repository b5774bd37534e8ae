'use strict'

const util = require('node:util')
const { newClient, openPool, failureOf } = require('../support/connections')
const { startPostgres } = require('../support/postgres')

const METHODS = ['scram-sha-256', 'md5', 'password', 'trust']
const servers = {}

beforeAll(async () => {
  const made = await Promise.all(METHODS.map((auth) => startPostgres({ auth })))
  METHODS.forEach((auth, index) => (servers[auth] = made[index]))
})
afterAll(() => Promise.all(Object.values(servers).map((server) => server.stop())))

describe.each(METHODS)('with %s', (auth) => {
  test('the right password lets a client in', async () => {
    const client = newClient(servers[auth].config)
    await client.connect()
    expect((await client.query('SELECT current_user::text AS name')).rows).toEqual([{ name: 'postgres' }])
  })

  if (auth === 'trust') return

  test('a wrong password is the error of the server, and is not printed', async () => {
    const password = 'a-wrong-and-secret-word'
    const client = newClient({ ...servers[auth].config, password })
    const error = await failureOf(client.connect())
    expect(error).toMatchObject({ code: '28P01', severity: 'FATAL' })
    expect(util.inspect(error, { depth: 20, showHidden: true })).not.toContain(password)
    expect(util.inspect(client, { depth: 20 })).not.toContain(password)
  })

  test('a password may hold any character', async () => {
    const server = servers[auth]
    const password = 'p\u00e4ss w\u00f6rd \' " \\ \u{1f511}%20:@/'
    await server.query(`DROP ROLE IF EXISTS odd`)
    await server.query(`CREATE ROLE odd LOGIN PASSWORD '${password.replaceAll("'", "''")}'`)
    const client = newClient({ ...server.config, user: 'odd', password })
    await client.connect()
    expect((await client.query('SELECT current_user::text AS name')).rows).toEqual([{ name: 'odd' }])
  })
})

test('a user that does not exist is told so like one with a wrong password', async () => {
  const client = newClient({ ...servers['scram-sha-256'].config, user: 'nobody-here' })
  expect(await failureOf(client.connect())).toMatchObject({ code: '28P01' })
})

test('a database that does not exist is the error of the server', async () => {
  const client = newClient({ ...servers['scram-sha-256'].config, database: 'nowhere' })
  expect(await failureOf(client.connect())).toMatchObject({ code: '3D000' })
})

test('a pool authenticates each of its sessions', async () => {
  for (const auth of METHODS) {
    const pool = openPool({ ...servers[auth].config, max: 3 })
    const clients = await Promise.all([pool.connect(), pool.connect(), pool.connect()])
    expect(new Set(clients.map((client) => client.processID)).size).toBe(3)
    for (const client of clients) client.release()
  }
})
