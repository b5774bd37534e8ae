'use strict'

// C-6, S-11: `ssl` that is some other string, or a number, turns TLS on, and then pg crashes the process when the server
// has agreed. Here the connect fails before anything is sent, and says what may stand there (DV-57).

const { createAuthority } = require('../support/certificates')
const { newClient, openPool, failureOf } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')
const { startPostgres } = require('../support/postgres')

let server
beforeAll(async () => {
  server = await startPostgres({ tls: createAuthority().issue() })
})
afterAll(() => server.stop())

const VALUES = {
  "ssl: 'verify-full'": () => ({ ...server.config, ssl: 'verify-full' }),
  "ssl: 'require'": () => ({ ...server.config, ssl: 'require' }),
  "ssl: 'false'": () => ({ ...server.config, ssl: 'false' }),
  'ssl: 1': () => ({ ...server.config, ssl: 1 }),
  'ssl: 1n': () => ({ ...server.config, ssl: 1n }),
  'ssl: a symbol': () => ({ ...server.config, ssl: Symbol('require') }),
  'ssl=false in the string': () => ({ connectionString: `${server.url}?ssl=false` }),
  'ssl=require in the string': () => ({ connectionString: `${server.url}?ssl=require` }),
  "sslnegotiation=direct, ssl: 'verify-full'": () => ({
    ...server.config,
    ssl: 'verify-full',
    sslnegotiation: 'direct',
  }),
}

for (const [name, config] of Object.entries(VALUES)) {
  onlyOxpg(`DV-57: ${name} is an error that says what is allowed, not plain text`, async () => {
    const failures = [newClient(config()).connect(), openPool(config()).query('SELECT 1')].map(failureOf)
    for (const { message } of await Promise.all(failures)) {
      expect(message).toMatch(
        /^Invalid ssl value: .* Use true, false or an object with TLS options; in a connection string: sslmode=disable or sslmode=verify-full\.$/
      )
    }
  })
}

onlyOxpg('DV-57: the error does not repeat what was meant for ssl.key', async () => {
  const { key } = createAuthority()
  const { message } = await failureOf(newClient({ ...server.config, ssl: key }).connect())
  expect(message).toMatch(/^Invalid ssl value: "-----BEGIN PRIVATE K/)
  expect(message.length).toBeLessThan(200)
  expect(message).not.toContain(key.split('\n')[1].slice(0, 10))
})
