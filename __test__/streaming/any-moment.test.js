'use strict'

const { openPool } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')
const { settles, nextEvent } = require('../support/until')

// Not random: each moment is so many turns of the event loop after the start, and then a few milliseconds.
const moments = [...Array.from({ length: 25 }, (_, turns) => ({ turns, millis: 0 })), 1, 2, 3, 5, 8].map(
  (moment) => (typeof moment === 'number' ? { turns: 0, millis: moment } : moment)
)

async function pass({ turns, millis }) {
  for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve))
  if (millis) await new Promise((resolve) => setTimeout(resolve, millis))
}

// The next result on the connection must be that of the next query, whatever was going on.
async function isIntact(client, number) {
  const { rows } = await settles('a query', client.query('SELECT $1::int AS n', [number]))
  expect(rows).toEqual([{ n: number }])
}

const endings = {
  async 'an aborted cursor'(client, moment) {
    const controller = new AbortController()
    const text = 'SELECT i FROM generate_series(1, 100000) i'
    const loop = async () => {
      const cursor = client.cursor(text, { batchSize: 3, signal: controller.signal })
      for await (const row of cursor) if (row.i === 60000) return
    }
    const outcome = loop().catch(({ name }) => expect(name).toBe('AbortError'))
    await pass(moment)
    controller.abort()
    await settles('the loop', outcome)
  },

  async 'a closed cursor'(client, moment) {
    const cursor = client.cursor('SELECT i FROM generate_series(1, 100000) i', { batchSize: 5000 })
    const page = cursor.read()
    await pass(moment)
    const next = cursor.read()
    await Promise.all([settles('close()', cursor.close()), page, next])
  },

  async 'a destroyed copyTo()'(client, moment) {
    const source = client.copyTo('COPY (SELECT generate_series(1, 100000)) TO STDOUT')
    source.resume()
    await pass(moment)
    if (source.closed) return
    source.destroy()
    await nextEvent(source, 'close')
  },

  async 'a destroyed copyFrom()'(client, moment) {
    const target = client.copyFrom('COPY taken FROM STDIN')
    target.write('1\n'.repeat(10000))
    await pass(moment)
    target.destroy()
    await nextEvent(target, 'close')
  },

  async 'a result that is too large'(client, moment) {
    const text = `SELECT repeat('x', 100000) FROM generate_series(1, 100)`
    const limit = 50_000 * (1 + moment.turns)
    await expect(client.query({ text, maxResultBytes: limit })).rejects.toMatchObject({
      code: 'ERR_OXPG_RESULT_TOO_LARGE',
    })
  },
}

onlyOxpg.each(Object.keys(endings))('%s leaves the connection intact, at whatever moment', async (ending) => {
  const pool = openPool({ max: 1 })
  const client = await pool.connect()
  await client.query('CREATE TEMP TABLE taken (a int)')
  for (const [number, moment] of moments.entries()) {
    await endings[ending](client, moment)
    await isIntact(client, number)
  }
  expect((await client.query('SELECT count(*)::int4 AS n FROM taken')).rows).toEqual([{ n: 0 }])
  client.release()
})
