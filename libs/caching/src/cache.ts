import { type Layout, ServiceError } from '@fastpath/contracts'
import { type Call, createSweeper, type Log, type Metrics, type Trace } from '@fastpath/timing'
import { awaitFlight, usable, waitIsOver } from './await-flight.js'
import { createCacheMetrics } from './cache-metrics.js'
import { type CacheState, type Entry, type Found, foundIn, type Lifetime } from './entry.js'
import type { Landed } from './flight.js'
import type { InvalidationLog } from './invalidation-log.js'
import { type About, createLoader, type LoadMany } from './loader.js'
import { createMemoryTier, type MemoryOptions } from './memory-tier.js'
import type { Position, RedisStore } from './redis-store.js'
import { createRedisTier } from './redis-tier.js'
import { tell } from './tell.js'

export interface CacheOptions<K, V> extends Partial<Lifetime> {
  /** Tells it from the others, in Redis, in tags and in metrics. */
  readonly name: string
  /** Without it, only Redis and what is on its way are shared. */
  readonly memory?: MemoryOptions
  /** How a value is written for Redis; without it this cache has no part in Redis. */
  readonly layout?: Layout<V>
  /** Milliseconds for which it is known that a key has no value; default 1,000, 0: not at all. */
  readonly negativeTtlMs?: number
  /** Milliseconds for a load whose callers have less; default 5,000. */
  readonly loadTimeoutMs?: number
  /** Milliseconds that other processes wait for the one that loads, at most; default 1,000. */
  readonly leaseMs?: number
  /** What a value is made of: invalidating one of them invalidates it. `undefined`: it does not exist, or isn't known yet. */
  readonly tags?: (key: K, value: V | undefined) => readonly string[]
}

/** Gets one value; `null` or `undefined`: there is none. It is shared, so it must not look at who asks. */
export type Load<V> = (call: Call, about: About) => Promise<V | null | undefined>

/**
 * Values by key. Lookups fail as their load does, with `DEADLINE_EXCEEDED` or `CANCELLED`, and never because of Redis.
 * Values are handed out as they are, not copied: nobody may change one.
 */
export interface Cache<K, V> {
  /** The value, or `undefined` where there is none. */
  get(call: Call, key: K, load: Load<V>): Promise<V | undefined>
  /** In the order of `keys`; all that are missing are loaded with one call. */
  getMany(call: Call, keys: readonly K[], load: LoadMany<K, V>): Promise<(V | undefined)[]>
  /** As `get`, with its state and age. */
  lookUp(call: Call, key: K, load: Load<V>): Promise<Found<V>>
  /** What is fresh in memory, at once; loads nothing. */
  peek(key: K): Found<V> | undefined
  /** Keeps what is known to be the newest; every other process forgets what it has. */
  set(key: K, value: V, about?: Partial<About>): Promise<void>
  delete(keys: readonly K[]): Promise<void>
  /** As `caches.invalidate`. */
  invalidate(tags: readonly string[]): Promise<void>
  /** Loads what is not kept yet, as far as the time of `call` goes; false where it didn't work. Never rejects. */
  warm(call: Call, keys: readonly K[], load: LoadMany<K, V>): Promise<boolean>
  /** Forgets what is in memory. */
  clear(): void
}

export interface CacheDeps {
  readonly invalidations: InvalidationLog
  readonly store: RedisStore | undefined
  /** False: what other processes invalidate may be missed. */
  readonly hears: () => boolean
  readonly metrics: Metrics
  readonly log: Log
  /** Here, in Redis and in all other processes; its position in Redis. */
  invalidate(tags: readonly string[]): Promise<Position | undefined>
}

export const createCache = <K extends string | number, V>(
  { invalidations, store, hears, metrics, log, invalidate }: CacheDeps,
  options: CacheOptions<K, V>,
): Cache<K, V> => {
  const { name, memory: memoryOptions, layout, negativeTtlMs = 1_000, loadTimeoutMs = 5_000, leaseMs = 1_000 } = options
  const { softTtlMs = 60_000, hardTtlMs = softTtlMs, errorTtlMs = 0, tags } = options
  const ownTag = (key: K) => `${name}:${key}`
  const tagsOf = (key: K, value: V | undefined) => (tags ? [ownTag(key), ...tags(key, value)] : [ownTag(key)])
  const memory = memoryOptions && createMemoryTier<K, V>(memoryOptions, () => measured.evicted())
  const measured = createCacheMetrics(metrics, name, () => memory?.bytes ?? 0)
  const redis = store && layout && createRedisTier(layout, { store, name, ownTag, leaseMs, log })
  const sweeper = createSweeper()
  const lifetime = { softTtlMs, hardTtlMs, errorTtlMs }
  const loader = createLoader<K, V>(
    { memory, redis, invalidations, sweeper, metrics: measured },
    { lifetime, negativeTtlMs, loadTimeoutMs, leaseMs, tagsOf },
  )

  /** While others can't be heard nothing in memory is fresh, nor is a load that began a moment ago. */
  const listen = () => {
    if (!hears()) invalidations.addAll()
  }

  const isCurrent = (entry: Entry<V>): boolean => {
    if (entry.checked === invalidations.now) return true
    if (invalidations.speaksOf(entry.tags, entry.checked)) return false
    entry.checked = invalidations.now
    return true
  }

  const fresh = (key: K, nowMs: number): Entry<V> | undefined => {
    const entry = memory?.get(key)
    return entry && nowMs < entry.softMs && isCurrent(entry) ? entry : undefined
  }

  /** Loads anew in the background, unless that is under way or has just failed. */
  const refresh = (call: Call, keys: readonly K[], load: LoadMany<K, V>) => {
    const due = keys.filter((key) => !loader.flying(key) && !hasJustFailed(memory?.get(key)))
    if (due.length > 0) loader.begin(call, { keys: due, load, fresh: true })
  }
  const hasJustFailed = (entry: Entry<V> | undefined): boolean =>
    entry?.failed !== undefined &&
    performance.now() < entry.failed.untilMs &&
    !invalidations.speaksOf(entry.tags, entry.failed.since)

  const served = (call: Call, entry: Entry<V>, state: CacheState): Found<V> => {
    if (state === 'stale') measured.stale()
    tell(call.trace, state)
    return foundIn(entry, state, performance.now())
  }

  const findMany = async (call: Call, keys: readonly K[], load: LoadMany<K, V>): Promise<Found<V>[]> => {
    const asked = invalidations.now
    const found = new Map<K, Found<V>>()
    const old: K[] = []
    let missing: K[] = []
    for (const key of new Set(keys)) {
      const entry = memory?.get(key)
      const nowMs = performance.now()
      const current = entry && nowMs < entry.hardMs && isCurrent(entry)
      if (current && nowMs < entry.softMs) {
        measured.memoryHit()
        found.set(key, served(call, entry, 'hit'))
      } else if (entry && (current || (hasJustFailed(entry) && usable(call, entry)))) {
        found.set(key, served(call, entry, 'stale'))
        if (current) old.push(key)
      } else missing.push(key)
    }
    if (old.length > 0) refresh(call, old, load)

    while (missing.length > 0) {
      const begun = await joinOrBegin(call, missing, load)
      const again: K[] = []
      for (const [key, outcome] of begun) {
        if (outcome === 'again') again.push(key)
        else if (!('source' in outcome)) found.set(key, served(call, outcome, 'stale'))
        else if (isOutdated(outcome.entry, asked)) again.push(key)
        else {
          if (performance.now() >= outcome.entry.softMs && outcome.source === 'redis') refresh(call, [key], load)
          found.set(key, served(call, outcome.entry, stateOf(outcome)))
        }
      }
      missing = again
    }
    return keys.map((key) => found.get(key) as Found<V>)
  }

  /** It was on its way before the caller asked, and was invalidated in between: the caller may know better. */
  const isOutdated = (entry: Entry<V>, asked: number): boolean =>
    entry.since < asked && invalidations.speaksOf(entry.tags, entry.since)

  const stateOf = ({ entry, source }: Landed<V>): CacheState => {
    if (source === 'load') return 'miss'
    if (performance.now() >= entry.softMs) return 'stale'
    measured.redisHit()
    return 'hit'
  }

  const joinOrBegin = async (call: Call, keys: readonly K[], load: LoadMany<K, V>) => {
    const joined = new Set(keys.filter((key) => loader.flying(key)))
    const others = keys.filter((key) => !joined.has(key))
    if (call.cancelled || call.remainingMs() <= 0) return keys.map((key) => [key, inNoTime(call, key)] as const)
    if (others.length > 0) loader.begin(call, { keys: others, load, fresh: false })
    const traces = new Set<Trace>()
    const outcomes = await Promise.all(
      keys.map(async (key) => {
        const flight = loader.flying(key)
        if (!flight) return [key, 'again'] as const
        if (joined.has(key)) measured.shared()
        try {
          const outcome = await awaitFlight(sweeper, call, flight)
          traces.add(flight.call.trace)
          return [key, outcome] as const
        } catch (error) {
          // The time of the load that was joined was over, and not our own.
          const isTheirs = error instanceof ServiceError && error.code === 'DEADLINE_EXCEEDED' && call.remainingMs() > 0
          if (joined.has(key) && isTheirs) return [key, 'again'] as const
          throw error
        }
      }),
    )
    for (const trace of traces) call.trace.adopt(trace)
    return outcomes
  }

  const inNoTime = (call: Call, key: K): Entry<V> => {
    const entry = call.cancelled ? undefined : usable(call, memory?.get(key))
    if (!entry) throw waitIsOver(call)
    return entry
  }

  const findOne = async (call: Call, key: K, load: Load<V>): Promise<Found<V>> => {
    const loadMany: LoadMany<K, V> = async (call, _keys, about) => new Map([[key, await load(call, about(key))]])
    return (await findMany(call, [key], loadMany))[0] as Found<V>
  }

  return {
    async get(call, key, load) {
      listen()
      const entry = fresh(key, performance.now())
      if (!entry) return (await findOne(call, key, load)).value
      measured.memoryHit()
      tell(call.trace, 'hit')
      return entry.value
    },
    async getMany(call, keys, load) {
      listen()
      const values: (V | undefined)[] = []
      const nowMs = performance.now()
      for (let i = 0; i < keys.length; i++) {
        const entry = fresh(keys[i] as K, nowMs)
        if (!entry) return (await findMany(call, keys, load)).map(({ value }) => value)
        values.push(entry.value)
      }
      measured.memoryHit(keys.length)
      tell(call.trace, 'hit')
      return values
    },
    async lookUp(call, key, load) {
      listen()
      return findOne(call, key, load)
    },
    peek(key) {
      listen()
      const nowMs = performance.now()
      const entry = fresh(key, nowMs)
      if (!entry) return undefined
      measured.memoryHit()
      return foundIn(entry, 'hit', nowMs)
    },
    async set(key, value, about = {}) {
      const position = await invalidate([ownTag(key)])
      const entry = loader.entryOf(key, value, invalidations.now, { ...lifetime, tags: [], ...about })
      if (loader.keep(key, entry) && position) await redis?.write([key], [entry], position)
    },
    async delete(keys) {
      if (keys.length > 0) await invalidate(keys.map(ownTag))
    },
    async invalidate(tags) {
      if (tags.length > 0) await invalidate(tags)
    },
    async warm(call, keys, load) {
      try {
        await findMany(call, keys, load)
        return true
      } catch (error) {
        log.warn({ cache: name, err: error }, 'could not be warmed')
        return false
      }
    },
    clear: () => memory?.clear(),
  }
}
