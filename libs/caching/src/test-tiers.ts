import { compileLayout } from '@fastpath/contracts'
import { uniquePrefix, until } from '@fastpath/testing'
import { Call, createMetrics, formatPrometheus } from '@fastpath/timing'
import type { Cache, CacheOptions } from './cache.js'
import { type Caches, createCaches } from './caches.js'
import type { InvalidationTransport } from './transport.js'

export interface Thing {
  id: string
  text: string
}

export const thingLayout = compileLayout<Thing>({
  type: 'object',
  properties: { id: { type: 'string' }, text: { type: 'string' } },
  required: ['id', 'text'],
})

export type Tiers = 'memory' | 'redis' | 'both'

export interface TestCache {
  readonly caches: Caches
  readonly cache: Cache<string, Thing>
  metric(line: string): number
}

export interface TestCacheOptions {
  readonly tiers: Tiers
  readonly redisUrl: string
  readonly prefix?: string
  readonly transport?: InvalidationTransport
  readonly options?: Partial<CacheOptions<string, Thing>>
}

/** One process's cache of things; Redis is in use when it resolves. */
export const openTestCache = async (test: TestCacheOptions): Promise<TestCache> => {
  const { tiers, redisUrl, prefix = uniquePrefix(), transport, options } = test
  const metrics = createMetrics()
  const caches = createCaches({
    metrics,
    ...(transport && { transport }),
    // Generous, since machines of tests are busy: what is slow is tested on its own.
    ...(tiers !== 'memory' && { redis: { url: redisUrl, prefix, timeoutMs: 1_000 } }),
  })
  const cache = caches.cache<string, Thing>({
    name: 'things',
    layout: thingLayout,
    tags: (_key, thing) => (thing ? [`text:${thing.text}`] : []),
    ...(tiers !== 'redis' && { memory: { maxBytes: 1_000_000 } }),
    ...options,
  })
  if (tiers !== 'memory') await until('Redis is in use', () => caches.redisUsable)
  return {
    caches,
    cache,
    metric(line) {
      const found = formatPrometheus(metrics)
        .split('\n')
        .find((other) => other.startsWith(`${line} `))
      return Number(found?.slice(line.length + 1))
    },
  }
}

export const newCall = (timeoutMs = 5_000) => new Call({ timeoutMs })

/** A back end that counts, and answers when it is told to. */
export const createBackEnd = () => {
  let text = 'first'
  let loads = 0
  let failure: Error | undefined
  let gate: Promise<void> | undefined
  let open = () => {}
  const read = async () => {
    loads++
    const now = text
    await gate
    if (failure) throw failure
    return now
  }
  return {
    get loads() {
      return loads
    },
    write(newer: string) {
      text = newer
    },
    fail(error: Error | undefined) {
      failure = error
    },
    /** Answers are what was true when they were asked for, and come when it is opened. */
    hold() {
      gate = new Promise((resolve) => {
        open = resolve
      })
    },
    release() {
      gate = undefined
      open()
    },
    load: async (): Promise<Thing> => ({ id: 'k', text: await read() }),
    loadMany: async (_call: Call, keys: readonly string[]): Promise<Map<string, Thing>> => {
      const now = await read()
      return new Map(keys.filter((key) => !key.startsWith('no')).map((id) => [id, { id, text: now }]))
    },
  }
}

/** Delivers at once, as several connections to one broker would in the end; `cut` loses what is said. */
export const createTestTransport = () => {
  const listeners = new Set<Parameters<InvalidationTransport['subscribe']>[0]>()
  const gaps = new Set<() => void>()
  let isCut = false
  let hears = true
  const transport: InvalidationTransport = {
    get hears() {
      return hears
    },
    publish(invalidation) {
      if (!isCut) for (const listener of listeners) listener(structuredClone(invalidation))
    },
    subscribe(listener, onGap) {
      listeners.add(listener)
      gaps.add(onGap)
      return () => void listeners.delete(listener)
    },
  }
  const cut = (lost: boolean) => {
    isCut = lost
  }
  /** As a connection that is lost for those who listen, and found again. */
  const deafen = (deaf: boolean) => {
    hears = !deaf
    if (hears) for (const tell of gaps) tell()
  }
  return { transport, listeners, cut, deafen }
}
