'use strict'

// Catalogue L-6: messages that nobody has asked for, from a server that is out of its mind.

const { parity } = require('./harness')
const { fakeSession } = require('./fake-session')
const { startFakeServer, messages } = require('../support/fake-server')

const EVENTS = ['error', 'end', 'notice', 'notification']

const onFake = (context, script) => fakeSession(context, EVENTS, script)

const strays = [
  ['parseComplete', messages.parseComplete()],
  ['rowDescription', messages.rowDescription(['a'])],
  ['dataRow', messages.dataRow(['1'])],
  ['commandComplete', messages.commandComplete('SELECT 1')],
  ['emptyQuery', messages.emptyQuery()],
  ['portalSuspended', messages.portalSuspended()],
  ['copyInResponse', messages.copyInResponse()],
  ['copyData', messages.copyData('x')],
]

parity.each(strays)(
  ([name]) => `L-6: a stray ${name} makes an idle client useless`,
  async (context, [, bytes]) => {
    const { log, eventOf, outcome } = context
    const client = await onFake(context, async (peer) => {
      peer.send(bytes)
      await peer.gone()
    })
    await eventOf(client, 'error')
    log('queryable', client._queryable)
    log('later', await outcome(client.query('select 1')))
    log('end()', await outcome(client.end()))
  }
)

const ignored = [
  ['bindComplete', messages.bindComplete()],
  ['closeComplete', messages.closeComplete()],
  ['noData', messages.noData()],
  ['parameterDescription', messages.parameterDescription([23])],
  ['copyOutResponse', messages.copyOutResponse()],
  ['copyDone', messages.copyDone()],
  ['parameterStatus', messages.parameterStatus('TimeZone', 'UTC')],
  ['notice', messages.notice({ M: 'by the way' })],
  ['notification', messages.notification(5, 'channel', 'payload')],
]

parity.each(ignored)(
  ([name]) => `L-6: a stray ${name} does not disturb the next query`,
  async (context, [, bytes]) => {
    const { log } = context
    const client = await onFake(context, async (peer) => {
      peer.send(bytes)
      await peer.expect('Q')
      peer.send(messages.answer(['a'], [['1']]))
      await peer.expect('X')
    })
    log('answer', await client.query('select 1'))
  }
)

parity.each(strays)(
  ([name]) => `L-6: a pool drops an idle client that got a stray ${name}`,
  async ({ defer, newPool, log, until }, [, bytes]) => {
    let go
    const ready = new Promise((resolve) => (go = resolve))
    const server = await startFakeServer(async (peer, index) => {
      await peer.welcome()
      await ready
      if (index === 0) peer.send(bytes)
      await peer.gone()
    })
    defer(() => server.close())
    const pool = log.events(newPool({ host: server.host, port: server.port }), ['error', 'remove'])
    const client = await pool.connect()
    client.release()
    log('idle', pool.totalCount, pool.idleCount)
    go()
    await until(() => log.count('remove') === 1)
    log('gone', pool.totalCount, pool.idleCount)
  }
)

const odd = [
  ['rows without a description', [messages.commandComplete('SELECT 0'), messages.readyForQuery()]],
  ['an unknown command tag', [messages.commandComplete('FROBNICATE 7 WAYS'), messages.readyForQuery()]],
  ['an empty command tag', [messages.commandComplete(''), messages.readyForQuery()]],
  [
    'a tag with a huge count',
    [messages.commandComplete('SELECT 99999999999999999999'), messages.readyForQuery()],
  ],
  ['a tag with three numbers', [messages.commandComplete('INSERT 1 2 3'), messages.readyForQuery()]],
  ['a tag of a lower-case word', [messages.commandComplete('select 2'), messages.readyForQuery()]],
  ['only ReadyForQuery', [messages.readyForQuery()]],
  [
    'an error with unknown fields',
    [messages.errorResponse({ M: 'odd', Y: 'unknown', '!': 'mark' }), messages.readyForQuery()],
  ],
  [
    'an error with every field',
    [
      messages.errorResponse({
        M: 'm',
        D: 'd',
        H: 'h',
        P: '1',
        p: '2',
        q: 'q',
        W: 'w',
        s: 's',
        t: 't',
        c: 'c',
        d: 'dt',
        n: 'n',
        F: 'f',
        L: '3',
        R: 'r',
      }),
      messages.readyForQuery(),
    ],
  ],
  [
    'an error with a field twice',
    [messages.frame('E', Buffer.from('SERROR\0Mone\0Mtwo\0\0')), messages.readyForQuery()],
  ],
  [
    'an error after rows',
    [
      messages.rowDescription(['a']),
      messages.dataRow(['1']),
      messages.errorResponse({ M: 'late' }),
      messages.readyForQuery(),
    ],
  ],
  ['two errors', [messages.errorResponse({ M: 'one' }), messages.readyForQuery()]],
  ['a status of E', [messages.commandComplete('BEGIN'), messages.readyForQuery('E')]],
  ['a status of T', [messages.commandComplete('BEGIN'), messages.readyForQuery('T')]],
  [
    'columns with odd metadata',
    [
      messages.rowDescription([
        { name: '', dataTypeID: 4000000000, tableID: 4294967295, columnID: -1, size: -2, modifier: -5 },
      ]),
      messages.dataRow(['x']),
      messages.commandComplete('SELECT 1'),
      messages.readyForQuery(),
    ],
  ],
  [
    'a column of invalid UTF-8 (R-10)',
    [
      messages.rowDescription(['a']),
      messages.dataRow([Buffer.from([0x61, 0xff, 0xfe, 0x62, 0xc3])]),
      messages.commandComplete('SELECT 1'),
      messages.readyForQuery(),
    ],
  ],
  [
    'a bool that is none',
    [
      messages.rowDescription([{ name: 'b', dataTypeID: 16 }]),
      messages.dataRow(['maybe']),
      messages.commandComplete('SELECT 1'),
      messages.readyForQuery(),
    ],
  ],
  [
    'bools of every spelling',
    [
      messages.rowDescription([{ name: 'b', dataTypeID: 16 }]),
      ...['t', 'true', 'TRUE', 'y', 'yes', 'on', '1', 'f', '', 'T', 'True'].map((text) =>
        messages.dataRow([text])
      ),
      messages.commandComplete('SELECT 11'),
      messages.readyForQuery(),
    ],
  ],
  [
    'integers that are none',
    [
      messages.rowDescription([{ name: 'i', dataTypeID: 23 }]),
      ...['', 'x', ' 5', '5x', '1e3', '0x10', '99999999999999999999', '+7', '-'].map((text) =>
        messages.dataRow([text])
      ),
      messages.commandComplete('SELECT 9'),
      messages.readyForQuery(),
    ],
  ],
  [
    'floats that are none',
    [
      messages.rowDescription([{ name: 'f', dataTypeID: 701 }]),
      ...['', 'x', ' 5.5', '5.5x', '.5', '5.', 'infinity', 'nan', '1e', '-', '+1', '0x10', '1_000'].map(
        (text) => messages.dataRow([text])
      ),
      messages.commandComplete('SELECT 13'),
      messages.readyForQuery(),
    ],
  ],
  [
    'dates that are none',
    [
      messages.rowDescription([
        { name: 'd', dataTypeID: 1184 },
        { name: 'e', dataTypeID: 1082 },
      ]),
      ...[
        '',
        'x',
        '2024',
        '2024-13-45',
        '2024-01-01T00:00:00Z',
        '01/02/2024',
        '-infinity ',
        '2024-01-01 00:00:00+1',
        '12024-01-01 00:00:00+00',
      ].map((text) => messages.dataRow([text, text])),
      messages.commandComplete('SELECT 9'),
      messages.readyForQuery(),
    ],
  ],
  [
    'json that is none',
    [
      messages.rowDescription([{ name: 'j', dataTypeID: 114 }]),
      messages.dataRow(['{']),
      messages.commandComplete('SELECT 1'),
      messages.readyForQuery(),
    ],
  ],
  [
    'json that is none among json that is',
    [
      messages.rowDescription([{ name: 'j', dataTypeID: 3802 }]),
      ...['1', '2],[3', '{"a":1}'].map((text) => messages.dataRow([text])),
      messages.commandComplete('SELECT 3'),
      messages.readyForQuery(),
    ],
  ],
  [
    'empty json',
    [
      messages.rowDescription([{ name: 'j', dataTypeID: 114 }]),
      messages.dataRow(['']),
      messages.commandComplete('SELECT 1'),
      messages.readyForQuery(),
    ],
  ],
  [
    'lists that are none',
    [
      messages.rowDescription([{ name: 'l', dataTypeID: 1007 }]),
      ...['', 'x', '{}'].map((text) => messages.dataRow([text])),
      messages.commandComplete('SELECT 3'),
      messages.readyForQuery(),
    ],
  ],
  [
    'a list without its end',
    [
      messages.rowDescription([{ name: 'l', dataTypeID: 1009 }]),
      messages.dataRow(['{a,{b}']),
      messages.commandComplete('SELECT 1'),
      messages.readyForQuery(),
    ],
  ],
  [
    'points that are none',
    [
      messages.rowDescription([
        { name: 'p', dataTypeID: 600 },
        { name: 'c', dataTypeID: 718 },
      ]),
      ...['', 'x', '(1)', '1,2', '(a,b)'].map((text) => messages.dataRow([text, text])),
      messages.commandComplete('SELECT 5'),
      messages.readyForQuery(),
    ],
  ],
  [
    'intervals that are none',
    [
      messages.rowDescription([{ name: 'i', dataTypeID: 1186 }]),
      ...['', 'x', 'P1Y', '1 fortnight', '1:2:3'].map((text) => messages.dataRow([text])),
      messages.commandComplete('SELECT 5'),
      messages.readyForQuery(),
    ],
  ],
  [
    'byteas that are none',
    [
      messages.rowDescription([{ name: 'b', dataTypeID: 17 }]),
      ...['', '\\x', '\\x0', '\\xzz', '\\x00zz11', '\\\\', 'a\\101b'].map((text) => messages.dataRow([text])),
      messages.commandComplete('SELECT 7'),
      messages.readyForQuery(),
    ],
  ],
]

parity.each(odd)(
  ([what]) => `a query answered with ${what}`,
  async (context, [, answer]) => {
    const { log, outcome } = context
    const client = await onFake(context, async (peer) => {
      await peer.expect('Q')
      peer.send(...answer)
      await peer.expect('Q')
      peer.send(messages.answer(['n'], [['next']]))
      await peer.expect('X')
    })
    log('answer', await outcome(client.query('select 1')))
    log('next', (await client.query('select 2')).rows, client.getTransactionStatus())
  }
)

parity('an answer that arrives byte by byte', async (context) => {
  const { log } = context
  const client = await onFake(context, async (peer) => {
    await peer.expect('Q')
    const bytes = messages.answer(
      ['a', 'b'],
      [
        ['1', 'é'],
        [null, ''],
      ]
    )
    for (const byte of bytes) {
      peer.send(Buffer.from([byte]))
      await new Promise((resolve) => setImmediate(resolve))
    }
    await peer.expect('X')
  })
  log('answer', await client.query('select 1'))
})

parity('answers of two queries in one packet with a notice between', async (context) => {
  const { log } = context
  const client = await onFake(context, async (peer) => {
    await peer.expect('Q')
    peer.send(messages.answer(['a'], [['1']]), messages.notice({ M: 'between' }))
    await peer.expect('Q')
    peer.send(messages.answer(['b'], [['2']]))
    await peer.expect('X')
  })
  await Promise.all([
    log.settle('first', client.query('select 1')),
    log.settle('second', client.query('select 2')),
  ])
})
