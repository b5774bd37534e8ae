'use strict'

// What is wrong with a query before anything of it is sent.

// pg lets Buffer throw this, and its client never comes back from that.
function notText(key, value) {
  const error = new TypeError(`The "${key}" of a query must be a string, not ${typeof value}`)
  error.code = 'ERR_INVALID_ARG_TYPE'
  return error
}

// A C string ends at the first NUL, so the server would see another statement than the one written here.
function checkText(text) {
  if (text.includes('\0')) {
    throw new Error(
      'The SQL text or the name of a statement contains a NUL character (\\u0000), which PostgreSQL cannot receive'
    )
  }
  return text
}

function nameTaken(name) {
  return new Error(`Prepared statements must be unique - '${name}' was used for a different statement`)
}

module.exports = { checkText, nameTaken, notText }
