'use strict'

module.exports = {
  // Only tests are crawled: target/, npm/ and native/ hold copies of package.json that confuse the module map.
  roots: ['<rootDir>/__test__'],
  testMatch: ['**/*.test.js'],
  testPathIgnorePatterns: ['/node_modules/'],
  // The packages under test have no business in the module map either.
  modulePathIgnorePatterns: ['<rootDir>/__test__/ecosystem/node_modules/'],
  testEnvironment: 'node',
  watchman: false,
  globalSetup: '<rootDir>/__test__/support/global-setup.js',
  globalTeardown: '<rootDir>/__test__/support/global-teardown.js',
  // Starting a server or a child process takes seconds on a busy machine; no test relies on this number.
  testTimeout: 30000,
  maxWorkers: 2,
}
