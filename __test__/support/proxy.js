'use strict'

const net = require('node:net')

/**
 * A TCP proxy in front of a real server, for the faults of networks:
 *
 *   proxy.refuse()        stop listening: connections are refused; open ones go on
 *   proxy.mute()          accept new connections and never say or forward anything
 *   proxy.stall()         open connections stay open, but nothing moves any more, in both directions
 *   proxy.cutAfter(n)     every new connection is reset after n bytes from the server
 *   proxy.stallAfter(n)   every new connection stalls after n bytes from the server
 *   proxy.drop()          close all open connections now; `{ reset: true }` sends a reset instead
 *   proxy.restoreForNew() listen and forward again, but leave open connections as they are
 *   proxy.restore()       listen, forward and resume again
 */
async function startProxy(target, options) {
  const proxy = new Proxy(target, options)
  await proxy.listen()
  return proxy
}

class Proxy {
  #target
  #listener
  #links = new Set()
  #plan = { mode: 'forward' }

  constructor(target, { host = '127.0.0.1', port = 0 } = {}) {
    this.#target = target
    this.host = host
    this.port = port
    /** How many connections were ever accepted. */
    this.accepted = 0
  }

  /** How many connections are open now, on the client's side. */
  get open() {
    return this.#links.size
  }

  /** A driver's config for the server behind: its user, password and database, but our address. */
  get config() {
    const { user, password, database } = this.#target
    return { user, password, database, host: this.host, port: this.port }
  }

  async listen() {
    const listener = net.createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket))
    await new Promise((resolve, reject) => {
      listener.once('error', reject).listen({ host: this.host, port: this.port }, resolve)
    })
    this.port = listener.address().port
    this.#listener = listener
  }

  #accept(client) {
    this.accepted++
    const link = new Link(client, this.#plan)
    this.#links.add(link)
    client.once('close', () => this.#links.delete(link))
    if (this.#plan.mode !== 'mute') link.connect(this.#target)
  }

  async refuse() {
    const listener = this.#listener
    this.#listener = undefined
    // close() waits for open connections too; that the port is closed is known as soon as it has been called.
    listener?.close()
  }

  mute() {
    this.#plan = { mode: 'mute' }
  }

  cutAfter(bytes) {
    this.#plan = { mode: 'cut', bytes }
  }

  stallAfter(bytes) {
    this.#plan = { mode: 'stall', bytes }
  }

  stall() {
    for (const link of this.#links) link.stall()
  }

  drop({ reset = false } = {}) {
    for (const link of this.#links) link.close(reset)
  }

  /** New connections are forwarded again; those that stall or were muted stay as they are. */
  async restoreForNew() {
    this.#plan = { mode: 'forward' }
    if (!this.#listener) await this.listen()
  }

  async restore() {
    await this.restoreForNew()
    for (const link of this.#links) link.resume()
  }

  async close() {
    await this.refuse()
    this.drop()
  }
}

/** A client's connection and the one to the server that carries it on. */
class Link {
  #client
  #server
  #plan
  #fromServer = 0
  #stalled = false

  constructor(client, plan) {
    this.#client = client
    this.#plan = plan
    client.setNoDelay(true)
    client.on('error', () => this.close(true))
    client.on('close', () => this.#server?.destroy())
    // A muted connection is read, so that it notices when the client gives up.
    if (plan.mode === 'mute') client.resume().on('end', () => client.destroy())
  }

  connect({ host, port }) {
    const server = net.connect({ host, port, noDelay: true, allowHalfOpen: true })
    this.#server = server
    server.on('error', () => this.close(true))
    server.on('close', () => this.#stalled || this.#client.destroySoon())
    forward(this.#client, server)
    forward(server, this.#client, (chunk) => this.#pass(chunk))
  }

  /** What of the server's bytes still goes through. */
  #pass(chunk) {
    const { mode, bytes } = this.#plan
    const before = this.#fromServer
    this.#fromServer += chunk.length
    if (bytes === undefined || this.#fromServer < bytes) return chunk
    if (mode === 'cut') setImmediate(() => this.close(true))
    else this.stall()
    return chunk.subarray(0, Math.max(0, bytes - before))
  }

  stall() {
    this.#stalled = true
    this.#client.pause()
    this.#server?.pause()
  }

  resume() {
    this.#stalled = false
    this.#plan = { mode: 'forward' }
    this.#client.resume()
    this.#server?.resume()
  }

  close(reset) {
    this.#stalled = false
    if (reset && !this.#client.destroyed) this.#client.resetAndDestroy()
    else this.#client.destroy()
    this.#server?.destroy()
  }
}

function forward(from, to, pass = (chunk) => chunk) {
  from.on('data', (chunk) => {
    const allowed = pass(chunk)
    if (allowed.length && !to.destroyed && !to.write(allowed)) {
      from.pause()
      to.once('drain', () => from.resume())
    }
  })
  from.on('end', () => to.end())
}

module.exports = { startProxy }
