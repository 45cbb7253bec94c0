import type { Metrics } from '@fastpath/timing'

export interface CacheMetrics {
  memoryHit(times?: number): void
  redisHit(): void
  stale(): void
  /** A caller waits for a load that was under way. */
  shared(): void
  loaded(tookMs: number): void
  loadFailed(tookMs: number): void
  evicted(): void
}

/** One cache's own. A load of a whole page is one load. */
export const createCacheMetrics = (metrics: Metrics, cache: string, bytes: () => number): CacheMetrics => {
  const hits = (tier: string) =>
    metrics.counter('fastpath_cache_hits_total', 'Fresh values that were found', { cache, tier }).add
  const counter = (name: string, help: string) => metrics.counter(`fastpath_cache_${name}`, help, { cache }).add
  const seconds = metrics.histogram('fastpath_cache_load_seconds', 'Loads of what was not found', { cache })
  const memoryHit = hits('memory')
  const redisHit = hits('redis')
  const stale = counter('stale_total', 'Values that were served past their soft TTL')
  const shared = counter('shared_loads_total', 'Waits for a load that was already under way')
  const failed = counter('load_errors_total', 'Loads that have failed')
  const evicted = counter('evictions_total', 'Entries that made room for newer ones')
  metrics.gauge('fastpath_cache_bytes', 'Memory that entries take, about', bytes, { cache })
  return {
    memoryHit,
    redisHit: () => redisHit(),
    stale: () => stale(),
    shared: () => shared(),
    loaded: (tookMs) => seconds.record(tookMs),
    loadFailed(tookMs) {
      seconds.record(tookMs)
      failed()
    },
    evicted: () => evicted(),
  }
}
