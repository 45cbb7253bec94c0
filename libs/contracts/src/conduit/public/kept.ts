import type { CachePolicy } from '../../route.js'

/** Of what everybody may read: caches that no invalidation reaches are at most five seconds behind. */
export const kept: CachePolicy = { softTtlMs: 5_000, hardTtlMs: 60_000, staleIfErrorMs: 24 * 3_600_000 }
