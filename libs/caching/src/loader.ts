import { ServiceError } from '@fastpath/contracts'
import { Call, type Sweeper, Trace } from '@fastpath/timing'
import type { CacheMetrics } from './cache-metrics.js'
import { createEntry, type Entry, type Lifetime } from './entry.js'
import { createFlight, type Flight } from './flight.js'
import type { InvalidationLog } from './invalidation-log.js'
import type { MemoryTier } from './memory-tier.js'
import type { Position } from './redis-store.js'
import type { RedisTier } from './redis-tier.js'

/** What a loader may say of what it has loaded, where it knows better than the cache's options. */
export interface About extends Lifetime {
  /** To be added to. */
  readonly tags: string[]
}

/** Gets those that exist of `keys`, with one call. */
export type LoadMany<K, V> = (
  call: Call,
  keys: readonly K[],
  about: (key: K) => About,
) => Promise<ReadonlyMap<K, V | null | undefined>>

export interface LoaderDeps<K, V> {
  readonly memory: MemoryTier<K, V> | undefined
  readonly redis: RedisTier<K, V> | undefined
  readonly invalidations: InvalidationLog
  readonly sweeper: Sweeper
  readonly metrics: CacheMetrics
}

export interface LoaderOptions<K, V> {
  readonly lifetime: Lifetime
  readonly negativeTtlMs: number
  readonly loadTimeoutMs: number
  readonly leaseMs: number
  readonly tagsOf: (key: K, value: V | undefined) => readonly string[]
}

export interface Begin<K, V> {
  readonly keys: readonly K[]
  readonly load: LoadMany<K, V>
  /** True: what is past its soft TTL in Redis won't do. */
  readonly fresh: boolean
}

export interface Loader<K, V> {
  /** The flight of a key that may be joined: no invalidation that is known to concern it has come since it began. */
  flying(key: K): Flight<V> | undefined
  /** Flights for keys that have none. They end by themselves, whatever becomes of `call`. */
  begin(call: Call, begin: Begin<K, V>): void
  /** Keeps a value that is as new as `since`. */
  keep(key: K, entry: Entry<V>): boolean
  entryOf(key: K, value: V | null | undefined, since: number, about: About | undefined): Entry<V>
}

const retryMs = 500

/** How long those wait at least who find that another process loads. */
const pollMs = 4
const maxPollMs = 50

/**
 * Gets what is not in memory: from Redis, or else by one load for all keys of a page, while other callers, and by a lease
 * in Redis other processes, wait for the outcome. A load runs under a call of its own: it has the time that its first
 * caller has left or `loadTimeoutMs`, whichever is longer, and no viewer.
 */
export const createLoader = <K extends string | number, V>(
  { memory, redis, invalidations, sweeper, metrics }: LoaderDeps<K, V>,
  { lifetime, negativeTtlMs, loadTimeoutMs, leaseMs, tagsOf }: LoaderOptions<K, V>,
): Loader<K, V> => {
  const flights = new Map<K, Flight<V>>()

  const entryOf: Loader<K, V>['entryOf'] = (key, loaded, since, about) => {
    const value = loaded ?? undefined
    const own = tagsOf(key, value)
    const tags = about?.tags ? [...own, ...about.tags] : own
    if (value !== undefined) return createEntry(value, { lifetime: about ?? lifetime, tags, since })
    const softTtlMs = Math.min(negativeTtlMs, (about ?? lifetime).softTtlMs)
    return createEntry<V>(undefined, { lifetime: { softTtlMs, hardTtlMs: softTtlMs, errorTtlMs: 0 }, tags, since })
  }
  const keep: Loader<K, V>['keep'] = (key, entry) => {
    if (entry.endMs <= performance.now() || invalidations.speaksOf(entry.tags, entry.since)) return false
    memory?.set(key, entry)
    return true
  }

  /** The keys of one page on their way. */
  const fly = (call: Call, { keys, load, fresh }: Begin<K, V>) => {
    const since = invalidations.now
    const own = new Map<K, Flight<V>>()
    for (const key of keys) own.set(key, createFlight(call, since, memory?.get(key)))
    for (const [key, flight] of own) flights.set(key, flight)

    const settle = (key: K, how: (flight: Flight<V>) => void) => {
      const flight = own.get(key)
      if (!flight) return
      if (flights.get(key) === flight) flights.delete(key)
      how(flight)
    }
    const failAll = (keys: Iterable<K>, error: unknown) => {
      for (const key of keys) {
        settle(key, (flight) => {
          // Whoever is down is not asked again by every reader of what can still be served.
          const failed = { untilMs: performance.now() + retryMs, since: flight.since }
          for (const entry of [memory?.get(key), flight.fallback]) if (entry) entry.failed = failed
          flight.fail(error)
        })
      }
    }

    const loadAll = async (keys: readonly K[], position: Position | undefined) => {
      if (keys.length === 0) return
      const abouts = new Map<K, About>()
      const about = (key: K) => {
        const said = abouts.get(key) ?? { ...lifetime, tags: [] }
        abouts.set(key, said)
        return said
      }
      const startedMs = performance.now()
      let entries: (Entry<V> | undefined)[]
      try {
        const values = await load(call, keys, about)
        metrics.loaded(performance.now() - startedMs)
        entries = keys.map((key) => {
          const entry = entryOf(key, values.get(key), since, abouts.get(key))
          const isKept = keep(key, entry)
          settle(key, (flight) => flight.land(entry, 'load'))
          return isKept ? entry : undefined
        })
      } catch (error) {
        metrics.loadFailed(performance.now() - startedMs)
        failAll(keys, error)
        entries = keys.map(() => undefined)
      }
      if (position) await redis?.write(keys, entries, position)
    }

    /** Asks Redis, loads what is ours to load, and gives back what another process loads. */
    const ask = async (asked: readonly K[], mayLoadAll: boolean): Promise<K[]> => {
      call.trace.begin('cache')
      const found = await redis?.read(asked, fresh, since)
      call.trace.end('cache')
      if (!found) {
        await loadAll(asked, undefined)
        return []
      }
      const ours: K[] = []
      const theirs: K[] = []
      for (const [i, { entry, load }] of found.reads.entries()) {
        const key = asked[i] as K
        if (entry && load === 'none') {
          keep(key, entry)
          settle(key, (flight) => flight.land(entry, 'redis'))
          continue
        }
        const flight = own.get(key)
        if (flight) flight.fallback ??= entry
        if (load === 'theirs' && !mayLoadAll) theirs.push(key)
        else ours.push(key)
      }
      await loadAll(ours, found.position)
      return theirs
    }

    const run = async () => {
      // Half of the time for others, so that the own load still has a chance.
      const untilMs = performance.now() + Math.min(leaseMs, call.remainingMs() / 2)
      let open = await ask(keys, false)
      for (let waitMs = pollMs; open.length > 0; waitMs = Math.min(maxPollMs, waitMs * 1.5)) {
        await new Promise((resolve) => setTimeout(resolve, waitMs))
        open = await ask(open, performance.now() > untilMs)
      }
    }

    const waiter = {
      call,
      expire: () => failAll(own.keys(), new ServiceError('DEADLINE_EXCEEDED', 'a load has not ended in its time')),
    }
    const watched = sweeper.watch(waiter)
    run()
      .catch((error) => failAll(own.keys(), error))
      .finally(() => sweeper.forget(watched))
  }

  return {
    flying(key) {
      const flight = flights.get(key)
      if (!flight || invalidations.speaksOf([...tagsOf(key, undefined), ...flight.tags], flight.since)) return undefined
      return flight
    },
    begin(call, begin) {
      const timeoutMs = Math.max(loadTimeoutMs, call.remainingMs())
      fly(new Call({ timeoutMs, trace: new Trace(call.trace.context), log: call.log }), begin)
    },
    keep,
    entryOf,
  }
}
