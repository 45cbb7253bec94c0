import type { Metrics } from '@fastpath/timing'

/** What becomes of requests to the response cache, and of its own loads. */
export const createCounters = (metrics: Metrics) => {
  const counter = (outcome: string) =>
    metrics.counter('fastpath_response_cache_total', 'Requests and events of the response cache', { outcome })
  return {
    hit: counter('hit'),
    stale: counter('stale'),
    miss: counter('miss'),
    notModified: counter('not-modified'),
    loads: counter('load'),
    shared: counter('shared-load'),
    evictions: counter('eviction'),
  }
}
