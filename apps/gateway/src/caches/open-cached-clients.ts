import { type Caches, createCaches } from '@fastpath/caching'
import { conduitEvents } from '@fastpath/contracts'
import { type Bus, invalidationTransport } from '@fastpath/messaging'
import type { Log, Metrics } from '@fastpath/timing'
import type { Clients } from '../clients.js'
import { cachedClients } from './cached-clients.js'
import { createWarming } from './warming.js'

export interface CachedClientsDeps {
  readonly bus: Bus
  readonly metrics: Metrics
  readonly log: Log
  /** For what is in memory; 0: nothing is kept, in Redis neither. */
  readonly cacheBytes: number
  /** Empty: memory alone. */
  readonly redisUrl: string
  readonly natsPrefix: string
  readonly warmTimeoutMs: number
  readonly warmArticles: readonly string[]
}

export interface OpenedCachedClients {
  readonly clients: Clients
  readonly caches: Caches
  /** Whether invalidations are heard, and those that were lost are learned of from the events. */
  informed(): boolean
  /** For the start, before anybody is served. Never rejects. */
  warm(): Promise<void>
  close(): Promise<void>
}

/** The gateway's memory of what services have said, with all that it needs to stay true. */
export const openCachedClients = (clients: Clients, deps: CachedClientsDeps): OpenedCachedClients => {
  const { bus, metrics, log, cacheBytes, redisUrl, natsPrefix, ...options } = deps
  const caches = createCaches({
    ...(redisUrl && cacheBytes > 0 && { redis: { url: redisUrl, prefix: `fastpath:${natsPrefix}` } }),
    transport: invalidationTransport(bus),
    metrics,
    log,
  })
  // Where a word was lost, since who had it to say died or was cut off, the event still comes: it was committed with the change.
  const follower = bus.follow(conduitEvents, {
    onEvent: (event, data, eventId) => void caches.learn(event.tagsOf(data), eventId),
    onGap: caches.distrust,
  })
  const informed = () => caches.hears && follower.following
  // Of finished answers invalidations are told all the same.
  if (cacheBytes === 0) return { clients, caches, informed, warm: async () => {}, close: async () => caches.close() }

  const warming = createWarming(caches, { ...options, informed, withRedis: redisUrl !== '', log })
  const cached = cachedClients(clients, caches, { maxBytes: cacheBytes, onUse: warming.note })
  return {
    clients: cached,
    caches,
    informed,
    warm: () => warming.start(cached),
    async close() {
      await warming.close()
      caches.close()
    },
  }
}
