'use strict'

const { context, trace } = require('@opentelemetry/api')
const { AsyncLocalStorageContextManager } = require('@opentelemetry/context-async-hooks')
const { registerInstrumentations } = require('@opentelemetry/instrumentation')
const { PgInstrumentation } = require('@opentelemetry/instrumentation-pg')
const {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} = require('@opentelemetry/sdk-metrics')
const {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} = require('@opentelemetry/sdk-trace-base')
const { scenario } = require('../scenario.cjs')

const exporter = new InMemorySpanExporter()
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
trace.setGlobalTracerProvider(provider)
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
const measured = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
const meterProvider = new MeterProvider({
  readers: [new PeriodicExportingMetricReader({ exporter: measured, exportIntervalMillis: 3600_000 })],
})
const instrumentation = new PgInstrumentation({
  enhancedDatabaseReporting: true,
  addSqlCommenterCommentToQueries: false,
  requestHook: (span, { query, connection }) =>
    span.setAttribute(
      'request',
      `${query.text} ${query.values?.length} ${query.name} for ${connection.user}`
    ),
  responseHook: (span, { data }) => span.setAttribute('response', `${data.command} ${data.rowCount}`),
})
registerInstrumentations({ instrumentations: [instrumentation], tracerProvider: provider, meterProvider })
// The driver is loaded after the instrumentation, as its documentation asks.
const pg = require('pg')

scenario(async ({ config, observe, failure }) => {
  const tracer = trace.getTracer('app')
  const spans = (name) => {
    const finished = exporter.getFinishedSpans().map((span) => ({
      name: span.name.replace(config.database, '<database>'),
      kind: span.kind,
      parent: span.parentSpanContext
        ? (exporter
            .getFinishedSpans()
            .find((other) => other.spanContext().spanId === span.parentSpanContext.spanId)
            ?.name.replace(config.database, '<database>') ?? 'open')
        : 'none',
      attributes: Object.fromEntries(
        Object.entries(span.attributes).map(([key, value]) => [
          key,
          value === config.port ? '<port>' : value === config.database ? '<database>' : value,
        ])
      ),
      status: span.status,
      events: span.events.map((event) => [event.name, event.attributes['exception.message']]),
    }))
    observe(`spans of ${name}`, finished)
    exporter.reset()
  }
  const traced = (name, work) =>
    tracer.startActiveSpan(name, async (span) => {
      try {
        return await work(span)
      } finally {
        span.end()
      }
    })
  const isCurrent = (span) => trace.getSpan(context.active()) === span

  const client = new pg.Client(config)
  await traced('connect', () => client.connect())
  spans('connect')
  observe(
    'current in promise',
    await traced('queries', async (span) => {
      await client.query('CREATE TABLE author (id serial PRIMARY KEY, name text UNIQUE)')
      await client.query('INSERT INTO author(name) VALUES ($1), ($2)', ['Ann', null])
      await client.query({ name: 'by-id', text: 'SELECT name FROM author WHERE id = $1', values: [1] })
      return isCurrent(span)
    })
  )
  spans('queries')
  observe(
    'current in callbacks',
    await traced(
      'callbacks',
      (span) =>
        new Promise((resolve) => {
          client.query('SELECT $1::text AS a', ['x'], (error, result) => {
            const first = [isCurrent(span), result.rows]
            client.query({
              text: 'SELECT 2 AS b',
              rowMode: 'array',
              callback: (error, result) => resolve([first, isCurrent(span), result.rows]),
            })
          })
        })
    )
  )
  spans('callbacks')
  observe(
    'failure',
    await traced('failure', () => failure(client.query("INSERT INTO author(name) VALUES ('Ann')")))
  )
  observe(
    'failure by callback',
    await traced(
      'failure',
      () => new Promise((resolve) => client.query('SELEC 1', (error) => resolve(error.code)))
    )
  )
  spans('failures')
  observe('bad argument', await failure(async () => client.query(undefined)))
  spans('bad argument')
  const query = new pg.Query('SELECT 3 AS c')
  const rows = []
  await traced(
    'Query object',
    () =>
      new Promise((resolve, reject) =>
        client
          .query(query)
          .on('row', (row) => rows.push(row))
          .on('end', resolve)
          .on('error', reject)
      )
  )
  observe('rows of a Query object', rows)
  spans('Query object')
  await client.end()

  const pool = new pg.Pool({ ...config, max: 2, idleTimeoutMillis: 7000 })
  await traced('pool.query', async (span) => {
    observe('pool.query', [(await pool.query('SELECT $1::int AS n', [5])).rows, isCurrent(span)])
  })
  spans('pool.query')
  await traced('second pool.query', async () => pool.query({ text: 'SELECT 1 AS one' }))
  spans('second pool.query')
  await traced(
    'pool.query callback',
    (span) =>
      new Promise((resolve) =>
        pool.query('SELECT 6 AS n', (error, result) => {
          observe('pool.query by callback', [error ?? null, result.rows, isCurrent(span)])
          resolve()
        })
      )
  )
  spans('pool.query by callback')
  await traced('transaction', async (span) => {
    const held = await pool.connect()
    await held.query('BEGIN')
    await held.query('SELECT 1')
    await held.query('ROLLBACK')
    held.release()
    observe('current after transaction', isCurrent(span))
  })
  spans('transaction')
  await traced(
    'connect by callback',
    (span) =>
      new Promise((resolve) =>
        pool.connect((error, held, release) => {
          observe('current in connect callback', [isCurrent(span), typeof release])
          held.query('SELECT 1', () => (release(), resolve()))
        })
      )
  )
  spans('connect by callback')
  await traced('pool failure', () => failure(pool.query('SELECT 1 / 0')))
  spans('pool failure')
  const parallel = await traced('parallel', (span) =>
    Promise.all(
      Array.from({ length: 6 }, async (_, n) => {
        const { rows } = await pool.query('SELECT $1::int AS n, pg_sleep(0.01)', [n])
        return [rows[0].n, isCurrent(span)]
      })
    )
  )
  observe('parallel', parallel)
  const count = {}
  for (const span of exporter.getFinishedSpans())
    count[span.name.split(' ')[0]] = (count[span.name.split(' ')[0]] ?? 0) + 1
  observe('count of spans in parallel', { ...count, 'pg.connect': undefined })
  exporter.reset()

  const refused = new pg.Pool({ ...config, port: 1 })
  observe('refused', await traced('refused', () => failure(refused.query('SELECT 1'))))
  spans('refused')
  await refused.end()

  instrumentation.setConfig({ requireParentSpan: true, addSqlCommenterCommentToQueries: true })
  await pool.query('SELECT 1')
  observe('without parent', exporter.getFinishedSpans().length)
  const commented = await traced('commented', () =>
    pool.query(
      'SELECT query FROM pg_stat_activity WHERE datname = current_database() AND pid = pg_backend_pid()'
    )
  )
  observe('comment', commented.rows[0].query.replace(/[0-9a-f]{16,}/g, '<id>'))
  exporter.reset()
  await meterProvider.forceFlush()
  const metrics = measured
    .getMetrics()
    .at(-1)
    .scopeMetrics.flatMap(({ metrics }) => metrics)
  observe(
    'metrics',
    metrics
      .map(({ descriptor, dataPoints }) => ({
        name: descriptor.name,
        points: dataPoints
          .filter(({ attributes }) => !JSON.stringify(attributes).includes(':1/'))
          .map(({ attributes, value }) => [
            Object.entries(attributes).filter(([key]) => !/port|name/.test(key)),
            typeof value === 'number' ? value : value.count,
          ])
          .sort(),
      }))
      .filter(({ name }) => name !== 'db.client.operation.duration')
  )

  instrumentation.disable()
  await traced('disabled', () => pool.query('SELECT 1 AS one'))
  observe(
    'unwrapped',
    exporter.getFinishedSpans().map(({ name }) => name)
  )
  await pool.end()
  await meterProvider.shutdown()
})
