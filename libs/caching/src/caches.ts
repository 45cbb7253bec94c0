import { randomBytes } from 'node:crypto'
import { createMetrics, type Log, type Metrics } from '@fastpath/timing'
import { type Cache, type CacheOptions, createCache } from './cache.js'
import { createInvalidationLog } from './invalidation-log.js'
import { createKnownChanges } from './known-changes.js'
import { openRedisStore, type Position, type RedisOptions } from './redis-store.js'
import type { Invalidation, InvalidationTransport } from './transport.js'

export interface CachesOptions {
  /** Shared with other processes; without it every process loads for itself. */
  readonly redis?: RedisOptions
  /** How other processes hear of invalidations at once; without it theirs live on in memory until their TTL. */
  readonly transport?: InvalidationTransport
  readonly metrics?: Metrics
  readonly log?: Log
}

/** The caches of a process, with the one connection to Redis and the tags that they share. */
export interface Caches {
  /** Make it once, at start. */
  cache<K extends string | number, V>(options: CacheOptions<K, V>): Cache<K, V>
  /**
   * Nothing that has one of these tags, or whose load has begun before now, is fresh any more, in any cache of any process.
   * Call it after the write and before the reply. Never rejects: what could not be told is made good later.
   * `changes` names what has changed, for those who may learn of it in another way too.
   */
  invalidate(tags: readonly string[], changes?: readonly string[]): Promise<void>
  /**
   * The same of a change that all processes learn of in another way than by the transport, such as a durable stream: unless
   * its name was heard before, nothing that has one of these tags is fresh any more. Nobody else is told.
   */
  learn(tags: readonly string[], change: string): Promise<void>
  /** Nothing in this process's memory counts as fresh: the transport may have missed something. */
  distrust(): void
  /** Told of what was invalidated here or elsewhere, after it was; `everything` where nobody knows what was missed. */
  onInvalidated(listener: (tags: readonly string[] | 'everything') => void): void
  /** False while other processes' invalidations may be missed; what is in memory then is for want of better only. */
  readonly hears: boolean
  /** Whether Redis is in use at this moment; false without one. */
  readonly redisUsable: boolean
  close(): void
}

/** Connects to Redis in the background, and never waits for it. */
export const createCaches = (options: CachesOptions = {}): Caches => {
  const { redis, transport, metrics = createMetrics(), log = silent } = options
  const invalidations = createInvalidationLog()
  const store = redis && openRedisStore(redis, log)
  const from = randomBytes(9).toString('base64')
  const known = createKnownChanges()
  const made = new Map<string, Pick<Cache<never, unknown>, 'clear'>>()

  if (store) metrics.gauge('fastpath_cache_redis_usable', '1 while the cache uses Redis', () => (store.usable ? 1 : 0))

  const listeners: ((tags: readonly string[] | 'everything') => void)[] = []
  const invalidated = (tags: readonly string[] | 'everything') => {
    for (const listener of listeners) listener(tags)
  }
  const distrust = () => {
    invalidations.addAll()
    invalidated('everything')
  }
  const hears = () => transport?.hears !== false

  const unsubscribe = transport?.subscribe(({ from: sender, tags, inRedis, changes }) => {
    if (sender === from) return
    known.add(changes)
    if (!inRedis) store?.owe(tags)
    invalidations.add(tags)
    invalidated(tags)
  }, distrust)

  const publish = async (invalidation: Omit<Invalidation, 'from'>) => {
    try {
      await transport?.publish({ from, ...invalidation })
    } catch (error) {
      log.error({ err: error }, 'other processes could not be told of an invalidation')
    }
  }

  const forget = async (tags: readonly string[]): Promise<Position | undefined> => {
    invalidations.add(tags)
    const position = await store?.invalidate(tags)
    // Once more: what was read from Redis before it knew was begun after the first time.
    if (store) invalidations.add(tags)
    return position
  }
  const invalidate = async (tags: readonly string[], changes: readonly string[] = []) => {
    known.add(changes)
    const position = await forget(tags)
    const published = publish({ tags, inRedis: !store || position !== undefined, changes })
    invalidated(tags)
    await published
    return position
  }

  return {
    cache<K extends string | number, V>(options: CacheOptions<K, V>) {
      if (made.has(options.name)) throw new Error(`there is already a cache "${options.name}"`)
      const cache = createCache<K, V>({ invalidations, store, hears, metrics, log, invalidate }, options)
      made.set(options.name, cache)
      return cache
    },
    async invalidate(tags, changes) {
      if (tags.length > 0) await invalidate(tags, changes)
    },
    async learn(tags, change) {
      if (tags.length === 0 || known.has(change)) return
      known.add([change])
      await forget(tags)
      invalidated(tags)
    },
    distrust,
    onInvalidated: (listener) => void listeners.push(listener),
    get hears() {
      return hears()
    },
    get redisUsable() {
      return store?.usable ?? false
    },
    close() {
      unsubscribe?.()
      store?.close()
      for (const cache of made.values()) cache.clear()
    },
  }
}

const nothing = () => {}
const silent: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing }
