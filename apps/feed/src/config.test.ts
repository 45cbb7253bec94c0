import { expect, test } from '@jest/globals'
import { readConfig } from './config.js'

test('slow statements are explained in development, and in production where it is asked for', () => {
  const urls = { DATABASE_URL: 'postgres://a@b/c', NATS_URL: 'nats://a' }
  const limit = (env: NodeJS.ProcessEnv) => readConfig({ ...urls, ...env }).explainSlowerThanMs
  expect(limit({})).toBe(100)
  expect(limit({ NODE_ENV: 'production' })).toBe(0)
  expect(limit({ NODE_ENV: 'production', EXPLAIN_SLOWER_THAN_MS: '250' })).toBe(250)
  expect(limit({ EXPLAIN_SLOWER_THAN_MS: '0' })).toBe(0)
})
