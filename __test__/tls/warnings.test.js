'use strict'

// S-13: modes whose names promise less than they do, or will do less in pg 9, are warned of once per process. Each case runs
// in a process of its own.

const { parity } = require('../parity/harness')

async function warningsOf({ log, turn }, run) {
  const listener = ({ name, message, code, detail }) => log('warning', name, message, code, detail)
  process.on('warning', listener)
  await run()
  await turn()
  await turn()
  process.removeListener('warning', listener)
  log('done')
}

const url = (query) => `postgres://u@127.0.0.1:1/d?${query}`
const useInEveryWay = async ({ pg, outcome }, query) => {
  for (const Client of [pg.Client, pg.Client]) void new Client(url(query))
  const pool = new pg.Pool({ connectionString: url(query) })
  await outcome(pool.connect())
  await pool.end()
}

parity.each(['prefer', 'require', 'verify-ca'])(
  (mode) => `S-13: sslmode=${mode} in the strings of two clients and a pool`,
  (context, mode) => warningsOf(context, () => useInEveryWay(context, `sslmode=${mode}`)),
  () => ({ child: {} })
)

const SILENT = ['verify-full', 'no-verify', 'disable', 'allow', 'bogus', 'require&uselibpqcompat=true']

parity(
  'S-13: the other modes say nothing, then one speaks',
  (context) =>
    warningsOf(context, async () => {
      for (const mode of SILENT) await useInEveryWay(context, `sslmode=${mode}`)
      await useInEveryWay(context, 'ssl=true')
      context.log('silent so far')
      await useInEveryWay(context, 'sslmode=prefer')
    }),
  { child: {} }
)

parity(
  'S-13: the mode that came first is the one that is named',
  (context) =>
    warningsOf(context, () => {
      for (const mode of ['verify-full', 'verify-ca', 'require'])
        void new context.pg.Client(url(`sslmode=${mode}`))
    }),
  { child: {} }
)

parity(
  'C-6: PGSSLMODE and options say nothing',
  (context) =>
    warningsOf(context, () => {
      const { Client } = context.pg
      const clients = [
        new Client(),
        new Client({ ssl: { sslmode: 'require' } }),
        new Client({ sslmode: 'require' }),
      ]
      context.log(
        'ssl',
        clients.map((client) => client.ssl)
      )
    }),
  { child: { PGSSLMODE: 'require' } }
)

// A child has no server of this file, so it makes its own.
parity(
  'T-4: NODE_TLS_REJECT_UNAUTHORIZED=0 is what Node warns of, once',
  (context) =>
    warningsOf(context, async () => {
      const { pg, outcome, log } = context
      const { startFakeServer } = require('../support/fake-server')
      const { selfSigned } = require('../support/certificates')
      const credentials = selfSigned()
      const fake = await startFakeServer(async (peer) => {
        await peer.sslRequest()
        peer.send(Buffer.from('S'))
        await peer.secure(credentials)
        await peer.welcome()
        await peer.gone()
      })
      for (const ssl of [true, {}, { rejectUnauthorized: false }]) {
        const client = new pg.Client({ ...fake.config, ssl })
        log('connect', Object.keys(await outcome(client.connect())))
        await client.end()
      }
      await fake.close()
    }),
  { child: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } }
)
