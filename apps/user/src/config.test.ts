import { expect, test } from '@jest/globals'
import { readConfig } from './config.js'

const base64 = (bytes: number, fill: number) => Buffer.alloc(bytes, fill).toString('base64')
const env = { DATABASE_URL: 'postgres://a:b@c/d', NATS_URL: 'nats://a:1', TOKEN_KEYS: `a:${base64(32, 1)}` }
const messageOf = (changed: NodeJS.ProcessEnv): string => {
  try {
    readConfig({ ...env, ...changed })
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

test('several keys keep their order, in either alphabet of base64', () => {
  const url = Buffer.alloc(33, 0xfb).toString('base64url')
  const { tokenKeys } = readConfig({ ...env, TOKEN_KEYS: `2025a:${url}, 2024b:${base64(64, 2)}` })
  expect(tokenKeys.map(({ id, secret }) => [id, secret.length, secret[0]])).toEqual([
    ['2025a', 33, 0xfb],
    ['2024b', 64, 2],
  ])
})

test('there is no key unless one is given', () => {
  expect(messageOf({ TOKEN_KEYS: undefined })).toContain('TOKEN_KEYS   is missing; takes id:base64 of at least 32')
})

test.each([
  ['too short', `a:${base64(31, 1)}`],
  ['too short beside a good one', `a:${base64(32, 1)},b:${base64(8, 2)}`],
  ['without an id', base64(32, 1)],
  ['of one id twice', `a:${base64(32, 1)},a:${base64(32, 2)}`],
  ['not base64', `a:${'!'.repeat(64)}`],
  ['with an empty place', `a:${base64(32, 1)},`],
])('keys %s stop the start, and the message does not show them', (_, keys) => {
  const message = messageOf({ TOKEN_KEYS: keys })
  expect(message).toContain('TOKEN_KEYS   is not one; takes id:base64')
  expect(message).not.toContain(keys)
})

test('the cost of a hash and its turn have their bounds', () => {
  expect(messageOf({ ARGON2_MEMORY_KIB: '7' })).toContain('ARGON2_MEMORY_KIB   is "7"; takes a whole number from 8')
  expect(messageOf({ ARGON2_ITERATIONS: '0' })).toContain('ARGON2_ITERATIONS   is "0"')
  expect(messageOf({ HASH_CONCURRENCY: 'all' })).toContain('HASH_CONCURRENCY   is "all"')
  expect(messageOf({ TOKEN_TTL_SECONDS: '1h' })).toContain('TOKEN_TTL_SECONDS   is "1h"')
})

test('slow statements are explained in development, and in production where it is asked for', () => {
  const limit = (changed: NodeJS.ProcessEnv) => readConfig({ ...env, ...changed }).explainSlowerThanMs
  expect(limit({})).toBe(100)
  expect(limit({ NODE_ENV: 'production' })).toBe(0)
  expect(limit({ NODE_ENV: 'production', EXPLAIN_SLOWER_THAN_MS: '250' })).toBe(250)
  expect(limit({ EXPLAIN_SLOWER_THAN_MS: '0' })).toBe(0)
})
