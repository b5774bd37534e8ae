'use strict'

const net = require('node:net')
const path = require('node:path')
const { fork } = require('node:child_process')
const { openPool, after, failureOf } = require('../support/connections')
const { onlyOxpg } = require('../support/drivers')
const { testUnless } = require('../support/obstacle')
const { until } = require('../support/until')

// A process that listens with the shortest backlog and then stands still: once the backlog is full, Linux leaves further
// connection attempts unanswered, which is what a host behind a silent firewall looks like.
async function unansweringAddress() {
  const child = fork(path.join(__dirname, 'programs', 'listen.js'))
  after(() => child.kill('SIGKILL'))
  const { port } = await new Promise((resolve) => child.once('message', resolve))
  child.kill('SIGSTOP')
  const fillers = Array.from({ length: 8 }, () => net.connect({ host: '127.0.0.1', port }))
  for (const socket of fillers) socket.on('error', () => {})
  after(() => fillers.forEach((socket) => socket.destroy()))
  await until('the backlog is full', () => fillers.some((socket) => !socket.connecting))
  return { host: '127.0.0.1', port }
}

const onLinux = testUnless(
  process.platform !== 'linux' && 'only Linux ignores a SYN when the backlog is full',
  onlyOxpg
)

onLinux('the error says that the time went in the TCP handshake', async () => {
  const address = await unansweringAddress()
  const pool = openPool({ ...address, connectionTimeoutMillis: 200 })
  const error = await failureOf(pool.connect())
  expect(error).toMatchObject({ message: 'Connection terminated due to connection timeout', phase: 'tcp' })
  expect([pool.totalCount, pool.waitingCount]).toEqual([0, 0])
})
