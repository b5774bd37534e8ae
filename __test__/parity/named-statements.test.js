'use strict'

// Catalogue 2.16: named prepared statements.

const { parity } = require('./harness')
const { useSchema } = require('./schema')

useSchema(
  'parity_named',
  "create table parity_named.t (a int, b text); insert into parity_named.t values (1, 'x')"
)

const rows = async (promise) => (await promise).rows
const statement = (text, values) => ({ name: 'statement', text, values })
const listed = (client) =>
  rows(client.query('select name, statement from pg_prepared_statements order by name'))

parity('PS-1: a statement is prepared once and executed each time', async ({ connect }) => {
  const client = await connect()
  const seen = []
  for (let i = 0; i < 7; i++) seen.push(await rows(client.query(statement('select $1::int as n', [i]))))
  return [
    seen,
    await rows(
      client.query('select name, statement, generic_plans + custom_plans as n from pg_prepared_statements')
    ),
  ]
})

parity('PS-1: statements of one turn under one name', async ({ connect }) => {
  const client = await connect()
  const numbers = [1, 2, 3, 4, 5]
  const seen = await Promise.all(
    numbers.map((n) => rows(client.query(statement('select $1::int as n', [n]))))
  )
  return [seen, await listed(client)]
})

parity('PS-1: connection.parsedStatements maps names to texts', async ({ connect, outcome }) => {
  const client = await connect()
  await client.query(statement('select 1 as n'))
  await client.query({ name: 'other', text: 'select 2 as n' })
  await outcome(client.query({ name: 'broken', text: 'selec 3' }))
  return { ...client.connection.parsedStatements }
})

parity(
  'PS-2: the same name with another text is refused, and the client goes on',
  async ({ connect, outcome }) => {
    const client = await connect()
    await client.query(statement('select 1 as n'))
    const refused = await outcome(client.query(statement('select 2 as n')))
    return [refused, await rows(client.query(statement('select 1 as n'))), await listed(client)]
  }
)

parity('PS-2: a refused text leaves queries around it in order', async ({ connect, log }) => {
  const client = await connect()
  await Promise.all([
    log.settle('first', client.query(statement('select 1 as n'))),
    log.settle('other text', client.query(statement('select 2 as n'))),
    log.settle('plain', client.query('select 3 as n')),
    log.settle('again', client.query(statement('select 1 as n'))),
  ])
})

parity('PS-2: texts that differ by a space differ', async ({ connect, outcome }) => {
  const client = await connect()
  await client.query(statement('select 1 as n'))
  return outcome(client.query(statement('select 1 as n ')))
})

parity('PS-3: a name alone executes what was parsed', async ({ connect }) => {
  const client = await connect()
  await client.query(statement('select $1::int as n', [1]))
  return [
    await rows(client.query({ name: 'statement', values: [2] })),
    await rows(client.query({ name: 'statement', text: '', values: [3] })),
  ]
})

parity('PS-3: a name never parsed and no text is an empty query', async ({ connect, outcome }) => {
  const client = await connect()
  return [await outcome(client.query({ name: 'never' })), await listed(client)]
})

parity('PS-3: a name parsed empty is taken by another text', async ({ connect, outcome }) => {
  const client = await connect()
  await client.query({ name: 'empty', text: '' })
  return [await outcome(client.query({ name: 'empty', text: 'select 1 as n' }))]
})

parity('PS-4: after a parse error the name may be used for another text', async ({ connect, outcome }) => {
  const client = await connect()
  const broken = await outcome(client.query(statement('selec 1')))
  return [broken, await rows(client.query(statement('select 1 as n'))), await listed(client)]
})

parity('PS-4: a parse error of two queries in one turn', async ({ connect, log }) => {
  const client = await connect()
  await Promise.all([
    log.settle('first', client.query(statement('selec 1'))),
    log.settle('second', client.query(statement('selec 1'))),
    log.settle('third', client.query(statement('select 3 as n'))),
  ])
})

parity('PS-4: after a bind error the statement is still there', async ({ connect, outcome }) => {
  const client = await connect()
  const broken = await outcome(client.query(statement('select $1::int as n', ['x'])))
  return [
    broken,
    await listed(client),
    await rows(client.query(statement('select $1::int as n', [2]))),
    await rows(client.query({ name: 'statement', values: [3] })),
  ]
})

parity('PS-4: after an error in execution the statement is still there', async ({ connect, outcome }) => {
  const client = await connect()
  return [
    await outcome(client.query(statement('select 1 / $1::int as n', [0]))),
    await rows(client.query(statement('select 1 / $1::int as n', [1]))),
    await listed(client),
  ]
})

parity('PS-5: what is deleted from parsedStatements is parsed anew', async ({ connect, outcome }) => {
  const client = await connect()
  await client.query(statement('select 1 as n'))
  await client.query('deallocate statement')
  const without = await outcome(client.query(statement('select 1 as n')))
  delete client.connection.parsedStatements.statement
  return [without, await rows(client.query(statement('select 2 as n'))), await listed(client)]
})

parity('PS-6: deallocated behind the driver is an error 26000, each time', async ({ connect, outcome }) => {
  const client = await connect()
  await client.query(statement('select 1 as n'))
  await client.query('deallocate all')
  return [
    await outcome(client.query(statement('select 1 as n'))),
    await outcome(client.query(statement('select 1 as n'))),
  ]
})

parity(
  'PS-6: a cached plan whose result type changed is the error of the server',
  async ({ connect, outcome }) => {
    const client = await connect()
    await client.query('create temp table changing(a int)')
    await client.query(statement('select * from changing'))
    await client.query('alter table changing add b text')
    return [
      await outcome(client.query(statement('select * from changing'))),
      await rows(client.query('select 1 as n')),
    ]
  }
)

parity('a name lives on one connection only', async ({ connect }) => {
  const [one, other] = [await connect(), await connect()]
  await one.query(statement('select 1 as n'))
  return [await rows(other.query(statement('select 2 as n'))), await listed(one), await listed(other)]
})

parity('named statements through a pool of two', async ({ newPool }) => {
  const pool = newPool({ max: 2 })
  const numbers = Array.from({ length: 20 }, (_, i) => i)
  return Promise.all(numbers.map((n) => rows(pool.query(statement('select $1::int as n', [n])))))
})

parity('a named statement in row mode array, then as objects', async ({ connect }) => {
  const client = await connect()
  const config = statement('select $1::int as a, $2::text as a', [1, 'x'])
  const seen = []
  for (const rowMode of ['array', undefined, 'array']) seen.push(await client.query({ ...config, rowMode }))
  return seen
})

parity('a named statement with other types each time', async ({ connect }) => {
  const client = await connect()
  const config = statement('select 1 as a, true as b')
  const types = (mark) => ({ getTypeParser: () => (text) => mark + text })
  return [
    await rows(client.query({ ...config, types: types('<') })),
    await rows(client.query(config)),
    await rows(client.query({ ...config, types: types('>') })),
  ]
})

parity.each([[null], [1, 'é'], [Buffer.from('ab')], [[1, 2]]])(
  (values) => `named statement with the values ${JSON.stringify(values)}, twice`,
  async ({ connect, outcome }, values) => {
    const client = await connect()
    const text = `select ${values.map((_, i) => `$${i + 1}::text as v${i}`).join(', ')}`
    return [
      await outcome(client.query(statement(text, values))),
      await outcome(client.query(statement(text, values))),
    ]
  }
)

parity('named statements that insert, update and return', async ({ connect }) => {
  const client = await connect()
  await client.query('begin')
  const insert = {
    name: 'insert',
    text: 'insert into parity_named.t values ($1, $2) returning *',
    values: [2, 'y'],
  }
  const update = { name: 'update', text: 'update parity_named.t set b = $1', values: ['z'] }
  const seen = [
    await client.query(insert),
    await client.query(update),
    await client.query(insert),
    await rows(client.query('table parity_named.t')),
  ]
  await client.query('rollback')
  return seen
})

parity('a hundred names on one client', async ({ connect }) => {
  const client = await connect()
  for (let i = 0; i < 100; i++) await client.query({ name: `n${i}`, text: `select ${i} as n` })
  const again = await Promise.all(
    [3, 50, 99].map((i) => rows(client.query({ name: `n${i}`, text: `select ${i} as n` })))
  )
  return [again, (await listed(client)).length]
})

parity('PS-5: a new object instead of parsedStatements, after DISCARD ALL', async ({ connect }) => {
  const client = await connect()
  await client.query({ name: 'kept', text: 'select 1 as n' })
  await client.query('discard all')
  client.connection.parsedStatements = {}
  const listedNames = Object.keys(client.connection.parsedStatements)
  return [
    listedNames,
    await rows(client.query({ name: 'kept', text: 'select 2 as n' })),
    Object.entries(client.connection.parsedStatements),
    (await listed(client)).length,
  ]
})
