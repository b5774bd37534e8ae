'use strict'

// Catalogue E-10, E-11: escaping, as a function of the module, of a client and of its prototype.

const { parity } = require('./harness')

const texts = [
  '',
  'plain',
  "it's",
  "''",
  'back\\slash',
  "both\\'",
  '"quoted"',
  '""',
  'é😀',
  'a\nb',
  'a\0b',
  '\ud800',
  ' E',
  '$1',
  "'; drop table x; --",
]
const others = [
  null,
  undefined,
  0,
  5,
  NaN,
  true,
  false,
  {},
  [],
  ['a'],
  new Date(0),
  5n,
  Symbol('s'),
  () => {},
]

parity.each(['escapeLiteral', 'escapeIdentifier'])(
  (name) => `${name} of texts`,
  async ({ pg, newClient }, name) => {
    const client = newClient()
    return texts.map((text) => [
      pg[name](text),
      pg.utils[name](text),
      client[name](text),
      pg.Client.prototype[name](text),
    ])
  }
)

parity.each(['escapeLiteral', 'escapeIdentifier'])(
  (name) => `${name} of what is no text`,
  async ({ pg, attempt }, name) =>
    others.map((value) => {
      const { returned, threw } = attempt(() => pg[name](value))
      return threw ? threw.constructor.name : returned
    })
)

parity('escapeLiteral gives what the server reads back', async ({ sharedClient, pg }) => {
  const client = await sharedClient()
  const safe = texts.filter((text) => !/\0|\ud800$/.test(text))
  return (
    await client.query(`select ${safe.map((text, i) => `${pg.escapeLiteral(text)} as t${i}`).join(', ')}`)
  ).rows
})

parity('escapeIdentifier names a column', async ({ sharedClient, pg }) => {
  const client = await sharedClient()
  const safe = texts.filter((text) => text && !/\0|\ud800$/.test(text))
  return (
    await client.query(`select ${safe.map((text, i) => `${i} as ${pg.escapeIdentifier(text)}`).join(', ')}`)
  ).rows
})
