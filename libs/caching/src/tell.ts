import type { Trace } from '@fastpath/timing'
import type { CacheState } from './entry.js'

const severity: Record<CacheState, number> = { hit: 1, stale: 2, miss: 3 }

/** One word for a request that has looked up several values: of the worst. */
export const tell = (trace: Trace, state: CacheState) => {
  const told = trace.described('cache') as CacheState | undefined
  if (told === undefined || severity[state] > severity[told]) trace.describe('cache', state)
}
