'use strict'

// `connection.parsedStatements`: which names the backend knows, by text (PS-1). The native session keeps the list,
// because queries of the pool's fast path use it as well; userland deletes entries after a DEALLOCATE (PS-5).

const { native } = require('./mailbox')

const read = (connection) =>
  new Map(connection.isOpen ? JSON.parse(native.namedStatements(connection.session)) : [])

/** A live view of the session's named statements that behaves like a plain object. */
function parsedStatements(connection) {
  return new Proxy(
    {},
    {
      get: (_, name) => read(connection).get(name),
      has: (_, name) => read(connection).has(name),
      ownKeys: () => Array.from(read(connection).keys()),
      getOwnPropertyDescriptor(_, name) {
        const text = read(connection).get(name)
        if (text === undefined) return undefined
        return { value: text, writable: true, enumerable: true, configurable: true }
      },
      deleteProperty(_, name) {
        if (typeof name === 'string' && connection.isOpen) native.forgetNamed(connection.session, name)
        return true
      },
      // Whoever speaks the protocol itself notes what it has parsed; setting an entry to nothing deletes it.
      set(_, name, text) {
        if (typeof name !== 'string' || !connection.isOpen) return true
        if (text) native.knowNamed(connection.session, name, String(text))
        else native.forgetNamed(connection.session, name)
        return true
      },
    }
  )
}

/** Gives the connection its view. Who assigns another object, after a DISCARD ALL, replaces the whole list (PS-5). */
function keepParsedStatements(connection) {
  const view = parsedStatements(connection)
  Object.defineProperty(connection, 'parsedStatements', {
    get: () => view,
    set(statements) {
      for (const name of Object.keys(view)) delete view[name]
      Object.assign(view, statements)
    },
    enumerable: true,
    configurable: true,
  })
}

module.exports = { keepParsedStatements }
