'use strict'

// Catalogue 2.13: dates go out in local time, so each case runs in processes of several time zones.

const { parity } = require('./harness')

const ZONES = ['UTC', 'America/New_York', 'Asia/Kolkata', 'Pacific/Chatham', 'Africa/Monrovia']

const DATES = [
  '2024-02-29T12:34:56.789Z',
  '2024-03-10T07:30:00.000Z',
  '2024-11-03T05:30:00.000Z',
  '1970-01-01T00:00:00.000Z',
  '1969-12-31T23:59:59.999Z',
  '1900-01-01T00:00:00.001Z',
  '0099-12-31T00:00:00.000Z',
  '0001-01-01T12:00:00.000Z',
  '0000-06-15T00:00:00.000Z',
  '-000043-03-15T12:00:00.000Z',
  '+010000-01-01T00:00:00.000Z',
  '+275760-09-13T00:00:00.000Z',
]

const TYPES = ['timestamptz', 'timestamp', 'date', 'text']

parity.each(ZONES)(
  (zone) => `dates as parameters and results in ${zone}`,
  async ({ connect, outcome }) => {
    const client = await connect()
    const seen = []
    for (const text of DATES) {
      for (const type of TYPES) {
        const { resolved, rejected } = await outcome(
          client.query(`select $1::${type} as v, $1::${type}::text as t`, [new Date(text)])
        )
        seen.push([text, type, rejected ?? resolved.rows[0]])
      }
    }
    return [Intl.DateTimeFormat().resolvedOptions().timeZone, seen]
  },
  (zone) => ({ child: { TZ: zone } })
)

parity.each(ZONES)(
  (zone) => `dates of the server read in ${zone}`,
  async ({ connect }) => {
    const client = await connect()
    const texts = [
      '2024-02-29',
      '2024-03-10 02:30:00',
      '2024-11-03 01:30:00.123456',
      '0044-03-15 BC',
      '0050-01-01',
      '99999-01-01',
    ]
    const seen = []
    for (const serverZone of ['UTC', 'Asia/Kolkata', 'America/St_Johns', 'Africa/Monrovia']) {
      await client.query(`set timezone = '${serverZone}'`)
      for (const text of texts) {
        const columns =
          '$1::date as d, $1::timestamp as t, $1::timestamptz as z, array[$1::date] as da, array[$1::timestamp] as ta, array[$1::timestamptz] as za'
        seen.push([serverZone, text, (await client.query(`select ${columns}`, [text])).rows[0]])
      }
    }
    return seen
  },
  (zone) => ({ child: { TZ: zone } })
)

parity.each(ZONES.slice(0, 3))(
  (zone) => `D-2: parseInputDatesAsUTC is read at each query in ${zone}`,
  async ({ connect, pg }) => {
    const client = await connect()
    const date = new Date('2024-06-15T12:00:00.123Z')
    const seen = []
    for (const flag of [false, true, false]) {
      pg.defaults.parseInputDatesAsUTC = flag
      seen.push((await client.query('select $1::text as t, $2::text as a', [date, [date]])).rows[0])
    }
    seen.push(pg.utils.prepareValue(date))
    return seen
  },
  (zone) => ({ child: { TZ: zone } })
)

parity(
  'a process that changes its time zone reads and writes dates in the new one',
  async ({ connect }) => {
    const client = await connect()
    const seen = []
    for (const zone of ['UTC', 'Asia/Tokyo', 'America/New_York']) {
      process.env.TZ = zone
      const { rows } = await client.query(
        "select $1::text as out, '2024-06-15 12:00'::timestamp as back, '2024-06-15'::date as day",
        [new Date(1718452800000)]
      )
      seen.push([zone, rows[0]])
    }
    return seen
  },
  { child: { TZ: 'UTC' } }
)

parity('an invalid date is sent as pg sends it', async ({ sharedClient, outcome }) => {
  const client = await sharedClient()
  return outcome(client.query('select $1::text as t', [new Date(NaN)]))
})

parity(
  'an invalid date warns by code',
  async ({ connect, log, until }) => {
    const client = await connect()
    process.on('warning', (warning) => log('warning', warning.name, warning.code))
    await client.query('select $1::text', [new Date(NaN)])
    await client.query('select $1::text', [new Date(NaN)])
    await until(() => log.count('warning') > 0)
  },
  { child: {} }
)

parity('a date of another realm is a date', async ({ sharedClient }) => {
  const client = await sharedClient()
  const foreign = require('vm').runInNewContext('new Date(1718452800123)')
  return (await client.query('select $1::timestamptz as v, $2::timestamptz[] as a', [foreign, [foreign]]))
    .rows
})

parity('a subclass of Date is a date', async ({ sharedClient }) => {
  class Moment extends Date {}
  const client = await sharedClient()
  return (await client.query('select $1::timestamptz as v', [new Moment(5)])).rows
})
