'use strict'

const { ecosystem } = require('./harness')

ecosystem('slonik', {
  'it reads relations with parsers of its own': (seen) =>
    expect(seen.relations[1]).toMatchObject({
      name: 'Ann',
      title: 'Two',
      j: { x: 1 },
      n: ['int 1', 'int 2'],
      at: 0,
    }),
  'a nested transaction rolls back alone': (seen) => {
    expect(seen['inner failure'].class).toBe('UniqueIntegrityConstraintViolationError')
    expect(seen['nested transactions']).toEqual({ resolved: ['Ann', 'Bob', 'Dora'] })
  },
  'a transaction rolls back': (seen) => {
    expect(seen['rolled back']).toMatchObject({ class: 'TypeError' })
    expect(seen.names).toEqual(['Ann', 'Bob', 'Dora'])
  },
  'errors become its own classes': (seen) =>
    expect(['check', 'not null', 'foreign key'].map((kind) => seen[`${kind} violation`].class)).toEqual([
      'CheckIntegrityConstraintViolationError',
      'NotNullIntegrityConstraintViolationError',
      'ForeignKeyIntegrityConstraintViolationError',
    ]),
  'what ends a statement or a session has its class': (seen) =>
    expect(
      ['statement timeout', 'idle in transaction', 'terminated', 'cancelled'].map((kind) => seen[kind].class)
    ).toEqual([
      'StatementTimeoutError',
      'IdleTransactionTimeoutError',
      'BackendTerminatedError',
      'StatementCancelledError',
    ]),
  'it streams rows with their fields': (seen) =>
    expect(seen.streamed).toEqual([
      250,
      ['int 1', [{ dataTypeId: 23, name: 'n' }]],
      ['int 250', [{ dataTypeId: 23, name: 'n' }]],
    ]),
  'an error in a stream is mapped too': (seen) => expect(seen['stream error'].class).toBe('InputSyntaxError'),
  'it says that the server refuses': (seen) =>
    expect(seen['connection refused']).toMatchObject({ code: 'ECONNREFUSED', syscall: 'connect' }),
})
