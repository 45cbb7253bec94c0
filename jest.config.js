import { availableParallelism } from 'node:os'

// `npm test` runs everything that takes seconds, `npm run test:long` what takes minutes: files named `*.long.test.ts`.
const long = process.env.FASTPATH_LONG === '1'

export default {
  globalSetup: '<rootDir>/libs/testing/src/global-setup.mjs',
  globalTeardown: '<rootDir>/libs/testing/src/global-teardown.mjs',
  setupFilesAfterEnv: ['<rootDir>/libs/testing/src/matchers.ts'],
  testMatch: [`<rootDir>/{apps,libs,infra}/**/*${long ? '.long' : ''}.test.ts`],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', ...(long ? [] : ['\\.long\\.test\\.ts$'])],
  modulePathIgnorePatterns: ['/dist/'],
  testEnvironmentOptions: { customExportConditions: ['@fastpath/source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'es6' } },
    ],
  },
  testTimeout: 20_000,
  // Most tests wait for servers rather than compute: one more than there are cores.
  maxWorkers: availableParallelism() + 1,
}
