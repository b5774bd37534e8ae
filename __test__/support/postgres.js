'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { spawn } = require('node:child_process')
const { serverBinaries } = require('./binaries')
const { freePort } = require('./free-port')
const { serverUser, temporaryDirectory, giveToServer } = require('./server-user')
const { dataTemplate, copyTemplate } = require('./template')
const { until } = require('./until')
const { watch } = require('./watchdog')

// Durability is worth nothing here, time is; one clock and one language, whatever the machine's are.
const SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  shared_buffers: '16MB',
  huge_pages: 'off',
  io_method: 'sync',
  autovacuum: 'off',
  max_connections: 120,
  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',
}

const SIGNALS = { fast: 'SIGINT', immediate: 'SIGQUIT' }

/**
 * Starts a PostgreSQL of its own on a loopback address; nothing of it is left after `stop()`, or after this process.
 *
 * Options: `settings` (lines of postgresql.conf), `auth` (`scram-sha-256`, `md5`, `password`, `trust`), `hba` (lines
 * that replace the default rules), `tls` (`{ cert, key, ca }` in PEM, see certificates.js), `host` and `port`.
 */
async function startPostgres(options = {}) {
  const directory = fs.mkdtempSync(path.join(temporaryDirectory(), 'oxpg-pg-'))
  const watchdog = watch(directory)
  try {
    const binaries = await serverBinaries()
    const template = await dataTemplate(binaries)
    giveToServer(directory)
    await copyTemplate(template.data, path.join(directory, 'data'))
    const server = new PostgresServer({
      directory,
      watchdog,
      program: binaries.program('postgres'),
      password: template.password,
      options,
    })
    server.configure()
    await server.start()
    // A password is stored as the hash of the method in force when it is set, and the template's is SCRAM's.
    if (options.auth === 'md5') await server.storePasswordAsMd5()
    return server
  } catch (error) {
    // The watchdog knows how to end whatever has started; it acts when its pipe closes.
    watchdog.act()
    throw error
  }
}

class PostgresServer {
  #program
  #options
  #process
  #watchdog

  constructor({ directory, watchdog, program, password, options }) {
    this.#watchdog = watchdog
    this.#program = program
    this.#options = options
    this.directory = directory
    this.dataDir = path.join(directory, 'data')
    this.socketDir = process.platform === 'win32' ? undefined : directory
    this.host = options.host ?? '127.0.0.1'
    this.port = options.port
    this.user = 'postgres'
    this.password = password
    this.database = 'postgres'
  }

  get config() {
    const { host, port, user, password, database } = this
    return { host, port, user, password, database }
  }

  get url() {
    return `postgres://${this.user}:${this.password}@${this.host}:${this.port}/${this.database}`
  }

  get pid() {
    return this.#process?.pid
  }

  configure() {
    const { settings, hba, auth = 'scram-sha-256', tls } = this.#options
    const all = { ...SETTINGS, listen_addresses: this.host, unix_socket_directories: this.socketDir ?? '' }
    if (auth === 'md5') all.password_encryption = 'md5'
    if (tls) Object.assign(all, this.#writeCertificates(tls))
    Object.assign(all, settings)
    const lines = Object.entries(all).map(
      ([name, value]) => `${name} = '${String(value).replaceAll("'", "''")}'`
    )
    fs.appendFileSync(path.join(this.dataDir, 'postgresql.conf'), `\n${lines.join('\n')}\n`)
    // The socket lies in a directory that only the server's user (and root) can enter.
    const rules = hba ?? [
      'local all all trust',
      `host all all all ${auth}`,
      `host replication all all ${auth}`,
    ]
    fs.writeFileSync(path.join(this.dataDir, 'pg_hba.conf'), rules.join('\n') + '\n')
  }

  #writeCertificates({ cert, key, ca }) {
    const write = (name, pem) => {
      const file = path.join(this.dataDir, name)
      fs.writeFileSync(file, pem, { mode: 0o600 })
      giveToServer(file)
      return file
    }
    const files = {
      ssl: 'on',
      ssl_cert_file: write('server.crt', cert),
      ssl_key_file: write('server.key', key),
    }
    if (ca) files.ssl_ca_file = write('ca.crt', ca)
    return files
  }

  /** Starts the configured server, again after `stop({ keep: true })`. A port that someone snatched is replaced. */
  async start() {
    const fixed = this.port !== undefined
    for (let attempt = 1; ; attempt++) {
      if (!fixed) this.port = await freePort(this.host)
      try {
        return await this.#launch()
      } catch (error) {
        const collision = /could not bind|Address already in use/.test(error.message)
        if (fixed || !collision || attempt === 5) throw error
      }
    }
  }

  async #launch() {
    const log = fs.openSync(this.#logFile, 'w', 0o644)
    const child = spawn(this.#program, ['-D', this.dataDir, '-p', String(this.port)], {
      ...serverUser(),
      cwd: this.directory,
      env: { ...process.env, LC_ALL: 'C', PGPORT: undefined },
      detached: process.platform !== 'win32',
      stdio: ['ignore', log, log],
    })
    fs.closeSync(log)
    child.unref()
    this.#process = child
    let failure
    child.once('error', (error) => (failure = error))
    child.once('exit', (code, signal) => (failure ??= new Error(`it ended with ${signal ?? `code ${code}`}`)))
    await until('PostgreSQL is ready', () => failure || this.#isReady(), { deadline: 30_000 })
    if (failure)
      throw new Error(`PostgreSQL did not start: ${failure.message}\n${this.log()}`, { cause: failure })
  }

  // The postmaster writes its state on the eighth line of its pid file; asking it costs no connection.
  #isReady() {
    const lines = fs.readFileSync(path.join(this.dataDir, 'postmaster.pid'), 'utf8').split('\n')
    return Number(lines[0]) === this.pid && lines[7]?.trim() === 'ready'
  }

  get #logFile() {
    return path.join(this.directory, 'server.log')
  }

  log() {
    return fs.existsSync(this.#logFile) ? fs.readFileSync(this.#logFile, 'utf8') : ''
  }

  /** `mode` is `immediate` (sockets just close) or `fast` (every session is told, 57P01). `keep` leaves the data. */
  async stop({ mode = 'immediate', keep = false } = {}) {
    const child = this.#process
    if (child && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.ref()
      child.kill(SIGNALS[mode])
      await ended
    }
    if (keep) return
    fs.rmSync(this.directory, { recursive: true, force: true })
    this.#watchdog.release()
  }

  /** Stops and starts on the same port with the same data. */
  async restart({ mode = 'fast' } = {}) {
    await this.stop({ mode, keep: true })
    await this.start()
  }

  /** One query through the reference driver, over the unix socket where there is one: it works under any `auth`. */
  async query(text, values) {
    const { Client } = require('pg')
    const client = new Client({ ...this.config, ...(this.socketDir && { host: this.socketDir }) })
    await client.connect()
    try {
      return await client.query(text, values)
    } finally {
      await client.end()
    }
  }

  async storePasswordAsMd5() {
    await this.query(`ALTER ROLE ${this.user} PASSWORD '${this.password}'`)
  }
}

/** A server with a certificate of this authority, whose role `guest` logs in with one of its client certificates. */
async function startTlsPostgres(authority) {
  const hba = ['local all all trust', 'hostssl all guest all cert', 'hostssl all all all scram-sha-256']
  const server = await startPostgres({ tls: authority.issue({ type: 'rsa' }), hba })
  await server.query('CREATE ROLE guest LOGIN')
  return server
}

module.exports = { startPostgres, startTlsPostgres }
