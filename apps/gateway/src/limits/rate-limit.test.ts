import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createConduitClient } from '@fastpath/testing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startTestStack, type TestStack } from '../test-stack.js'
import { networkOf } from './rate-limit.js'
import { createWindowCounts } from './window-counts.js'

let stack: TestStack
beforeAll(async () => {
  stack = await startTestStack()
})
afterAll(() => stack?.close())

const limited = async (env: NodeJS.ProcessEnv) => {
  const { url } = await stack.startGateway({ env: { RATE_LIMIT_PER_MINUTE: '3', ...env } })
  const { get } = createConduitClient(() => url)
  return (forwardedFor?: string) =>
    get('/api/tags', {
      headers: { origin: 'https://a.example', ...(forwardedFor && { 'x-forwarded-for': forwardedFor }) },
    })
}

test('each answer tells what is left; one too many is refused, in the form of the API, for pages of other origins too', async () => {
  const ask = await limited({})
  for (const left of [2, 1, 0]) {
    const { status, headers } = await ask()
    expect([status, headers.get('ratelimit-policy')]).toEqual([200, '"address";q=3;w=60'])
    expect(headers.get('ratelimit')).toMatch(new RegExp(`^"address";r=${left};t=(60|5\\d)$`))
    expect(headers.get('retry-after')).toBeNull()
  }
  const { status, headers, body } = await ask()
  expect([status, body]).toEqual([429, { errors: { request: ['came too often'] } }])
  expect(headers.get('ratelimit')).toBe(`"address";r=0;t=${headers.get('retry-after')}`)
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(30)
  expect(headers.get('access-control-allow-origin')).toBe('*')
  expect(headers.get('access-control-expose-headers')).toContain('RateLimit')
  expect(headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/)
})

/** The answers to these requests, by status. */
const statusesOf = async (ask: Awaited<ReturnType<typeof limited>>, forwardedFor: readonly string[]) => {
  const statuses = []
  for (const value of forwardedFor) statuses.push((await ask(value)).status)
  return statuses
}

test('X-Forwarded-For of a stranger is not believed', async () => {
  const ask = await limited({})
  expect(await statusesOf(ask, ['1.1.1.1', '1.1.1.2', '1.1.1.3', '1.1.1.4'])).toEqual([200, 200, 200, 429])
})

test('that of a trusted proxy is, up to the first address that is not one of its own', async () => {
  const ask = await limited({ TRUSTED_PROXIES: 'loopback, 10.0.0.0/8' })
  const mine = ['9.9.9.9, 1.1.1.1', '8.8.8.8, 1.1.1.1', '1.1.1.1, 10.1.2.3', '1.1.1.1']
  expect(await statusesOf(ask, mine)).toEqual([200, 200, 200, 429])
  expect(await statusesOf(ask, ['1.1.1.2', '2001:db8::1', '2001:db8:0:0:ffff::', '2001:db8::', '2001:db8::2'])).toEqual(
    [200, 200, 200, 200, 429],
  )
  // What is no address is the proxy's own.
  expect(await statusesOf(ask, ['unknown', 'x'.repeat(5_000), '1.1.1.3:8080', 'elsewhere'])).toEqual([
    200, 200, 200, 429,
  ])
})

test.each([
  ['TRUSTED_PROXIES', '10.0.0.0/8, proxy.example'],
  ['CORS_ORIGINS', 'https://a.example/'],
])('a wrong %s stops the start', async (variable, text) => {
  await expect(limited({ [variable]: text })).rejects.toThrow(new RegExp(`${variable} +is "${text}"; takes`))
})

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['::1', '0:0:0:0'],
  ['2001:0DB8::1', '2001:db8:0:0'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
])('%s is counted as %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})

test('of a window that begins at any time all of its seconds are left, and not one more', () => {
  const count = createWindowCounts({ limit: 1, windowSeconds: 60 })
  const left = Array.from({ length: 1_000 }, (_, i) => count(`address ${i}`, 10_000 + i * 12.345678).resetMs)
  expect(new Set(left)).toEqual(new Set([60_000]))
})

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

test('a flood of a million addresses is counted in bounded memory, and who keeps coming is not forgotten in it', () => {
  const count = createWindowCounts({ limit: 100, windowSeconds: 60 })
  collect()
  const before = process.memoryUsage()
  for (let i = 0; i < 1_000_000; i++) {
    count(`2001:db8:${(i >> 16).toString(16)}:${(i & 0xffff).toString(16)}`)
    if (i % 10_000 === 0) count('192.0.2.7')
  }
  collect()
  const after = process.memoryUsage()
  expect(after.heapUsed + after.external - before.heapUsed - before.external).toBeLessThan(120 * 1024 * 1024)
  expect(count('192.0.2.7')).toMatchObject({ remaining: 0, exceeded: true })
  expect(count('2001:db8:0:0')).toMatchObject({ remaining: 99, exceeded: false })
})
