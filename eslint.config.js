'use strict'

const js = require('@eslint/js')

const readonly = (...names) => Object.fromEntries(names.map((name) => [name, 'readonly']))

// Spelled out, so that a browser global or a typo is an error.
const node = readonly(
  'AbortController',
  'AbortSignal',
  'Buffer',
  'TextDecoder',
  'TextEncoder',
  'URL',
  'URLSearchParams',
  '__dirname',
  '__filename',
  'clearImmediate',
  'clearInterval',
  'clearTimeout',
  'console',
  'exports',
  'global',
  'module',
  'performance',
  'process',
  'queueMicrotask',
  'require',
  'setImmediate',
  'setInterval',
  'setTimeout',
  'structuredClone'
)
const jest = readonly(
  'afterAll',
  'afterEach',
  'beforeAll',
  'beforeEach',
  'describe',
  'expect',
  'it',
  'jest',
  'test'
)

module.exports = [
  {
    ignores: [
      '**/node_modules/',
      '/native/',
      'target/',
      'coverage/',
      'npm/',
      '**/*.ts',
      '__test__/ecosystem/prisma/client/',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.js'],
    languageOptions: { ecmaVersion: 2023, sourceType: 'commonjs', globals: node },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-unused-vars': ['error', { args: 'none', caughtErrorsIgnorePattern: '^_' }],
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': ['error', { destructuring: 'all' }],
      strict: ['error', 'global'],
      'max-lines': ['error', 450],
    },
  },
  {
    files: ['**/*.cjs'],
    languageOptions: { ecmaVersion: 2023, sourceType: 'commonjs', globals: node },
    rules: { strict: ['error', 'global'] },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: { ecmaVersion: 2023, sourceType: 'module', globals: node },
  },
  {
    files: ['index.js', 'lib/**/*.js'],
    rules: { 'no-console': 'error' },
  },
  {
    files: ['__test__/**/*.js'],
    languageOptions: { globals: { ...node, ...jest } },
    // `test.only` passes a suite that was not run.
    rules: {
      'no-restricted-properties': [
        'error',
        ...['test', 'it', 'describe'].map((object) => ({
          object,
          property: 'only',
          message: 'Run them all.',
        })),
      ],
    },
  },
]
