import { createMetrics, formatPrometheus } from '@fastpath/timing'
import { expect, test } from '@jest/globals'
import { createCaches } from './caches.js'
import { entryBytes, sizeOf } from './size-of.js'
import { newCall } from './test-tiers.js'

const metricsOf = (metrics: ReturnType<typeof createMetrics>, name: string) =>
  Number(new RegExp(`^${name}\\{.*\\} (.*)$`, 'm').exec(formatPrometheus(metrics))?.[1])

test('a hundred thousand keys stay within the bound, and the most recent are kept', async () => {
  const metrics = createMetrics()
  const cache = createCaches({ metrics }).cache<number, string>({ name: 'many', memory: { maxBytes: 1_000_000 } })
  for (let page = 0; page < 1_000; page++) {
    const keys = Array.from({ length: 100 }, (_, i) => page * 100 + i)
    await cache.getMany(newCall(), keys, async () => new Map(keys.map((key) => [key, `value ${key}`])))
  }
  expect(metricsOf(metrics, 'fastpath_cache_bytes')).toBeLessThanOrEqual(1_000_000)
  expect(metricsOf(metrics, 'fastpath_cache_bytes')).toBeGreaterThan(900_000)
  expect(metricsOf(metrics, 'fastpath_cache_evictions_total')).toBeGreaterThan(90_000)
  expect(cache.peek(99_999)?.value).toBe('value 99999')
  expect(cache.peek(0)).toBeUndefined()
})

test('what is larger than the bound is given, and not kept', async () => {
  const cache = createCaches().cache<string, Buffer>({ name: 'large', memory: { maxBytes: 10_000 } })
  expect((await cache.get(newCall(), 'k', async () => Buffer.alloc(20_000)))?.length).toBe(20_000)
  expect(cache.peek('k')).toBeUndefined()
})

test('what is often read outlives what is not', async () => {
  const cache = createCaches().cache<number, Buffer>({ name: 'lru', memory: { maxBytes: 20_000 } })
  const load = async () => Buffer.alloc(1_000)
  for (let i = 0; i < 100; i++) {
    await cache.get(newCall(), 0, load)
    await cache.get(newCall(), i, load)
  }
  expect(cache.peek(0)).toBeDefined()
  expect(cache.peek(50)).toBeUndefined()
})

test('Buffers count exactly, strings as if every character took two bytes, records with all that they hold', () => {
  expect(sizeOf(Buffer.alloc(5_000)) - sizeOf(Buffer.alloc(0))).toBe(5_000)
  expect(sizeOf('x'.repeat(1_000)) - sizeOf('')).toBe(2_000)
  expect(sizeOf([{ a: 'x'.repeat(500), b: null }])).toBeGreaterThan(1_000)
  expect(sizeOf(new Map([['k', new Set(['x'.repeat(500)])]]))).toBeGreaterThan(1_000)
  expect(sizeOf({ when: new Date(), ok: true, n: 1 })).toBeLessThan(entryBytes)
})
