'use strict'

// Passwords that are not plain text in the config: asked for when the server wants one (A-3, 2.3).

const { deprecate } = require('util')
const { native } = require('./mailbox')
const { dropThrown, keepThrown } = require('./errors')

const warnPasswordFile = deprecate(
  () => {},
  'pgpass support is deprecated and will be removed in pg@9.0. ' +
    'You can provide an async function as the password property to the Client/Pool constructor that returns a password ' +
    'instead. Within this function you can call the pgpass module in your own code.'
)

async function resolvePassword(owner) {
  const { password, connectionParameters } = owner
  if (typeof password === 'function') {
    const given = await owner.password(connectionParameters) // a method of the Client, as in pg
    if (given === undefined) return null
    if (typeof given !== 'string') throw new TypeError('Password must be a string')
    return given
  }
  if (password !== null && password !== undefined) {
    throw new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string')
  }
  return passwordFromFile(connectionParameters)
}

function passwordFromFile(connectionParameters) {
  return new Promise((resolve) => {
    require('pgpass')(connectionParameters, (found) => {
      if (found === undefined) return resolve(null)
      warnPasswordFile()
      resolve(found)
    })
  })
}

/**
 * Answers a session's wish for a password.
 *
 * @param {{ password: unknown, connectionParameters: object }} owner a Client, perhaps one that only stands for a session
 *   of a pool; gets the password that was found, as in pg
 * @param {number} ticket of the wish
 */
function answerPassword(owner, ticket) {
  // Promise.resolve().then: a password function that throws at once rejects as well.
  Promise.resolve()
    .then(() => resolvePassword(owner))
    .then(
      (password) => {
        owner.connectionParameters.password = owner.password = password
        native.answerPassword(ticket, password ?? undefined)
      },
      (error) => {
        // pg takes a falsy reason for success, and hands out a client that never logged in.
        const token = keepThrown(error || new Error('The password function failed without a reason'))
        if (!native.answerPassword(ticket, undefined, token)) dropThrown(token)
      }
    )
}

module.exports = { answerPassword }
